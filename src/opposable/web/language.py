"""Language and theme of a page: French unless the person chose English; light or dark as the device says unless chosen.

Both choices are cookies that hold two letters or one word, set by following a link with ``?lang=en`` or ``?theme=dark``:
they work without JavaScript, on every site of an installation, and nothing about a person is in them.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

from opposable.law import Rule
from opposable.law.text import LANGUAGES, Text

LANGUAGE_COOKIE = "opposable_lang"
THEME_COOKIE = "opposable_theme"
THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600

_NARROW = re.compile(r" (?=[;?!])")
_WIDE = re.compile(r" (?=[:»%€])|(?<=«) |(?<=\bn°) |(?<=\bart\.) |(?<=\bal\.) |(?<=§) ")


def current() -> str:
    """The language of this thread: ``"fr"`` or ``"en"``."""
    lang = (translation.get_language() or "fr").split("-")[0]
    return lang if lang in LANGUAGES else "fr"


def typographic(fr: str) -> str:
    """Put the non-breaking spaces that French asks for before : ; ? ! » and inside « »; and after n°, art., §."""
    return _WIDE.sub("\u00a0", _NARROW.sub("\u202f", fr))


def say(value: object, lang: str | None = None) -> str:
    """The wording of a `Text` (or of a stored ``{"fr", "en"}``) in the language asked, the thread's by default.

    Anything else is turned into a string as it is.
    """
    lang = lang or current()
    if isinstance(value, dict) and value.keys() == {"fr", "en"}:
        value = Text(value["fr"], value["en"])
    if not isinstance(value, Text):
        return "" if value is None else str(value)
    return value.of(lang) if lang == "en" else typographic(value.of(lang))


_speech: ContextVar[Callable[[str, str], str] | None] = ContextVar("speech", default=None)


def speak(speech: Callable[[str, str], str] | None) -> None:
    """Until the page is answered, the words of the software itself (never what people wrote) go through ``speech(text, language)``.

    A system says so the words of its subject: the members and parts of an SARL are no shareholders and shares.
    """
    _speech.set(speech)


def spoken(value: object, lang: str | None = None) -> str:
    """`say` for words that the software wrote, before anything is put in them."""
    lang, speech = lang or current(), _speech.get()
    text = say(value, lang)
    return speech(text, lang) if speech else text


_remark: ContextVar[Callable[[Rule], Text | None] | None] = ContextVar("remark", default=None)


def remark(found: Callable[[Rule], Text | None] | None) -> None:
    """Until the page is answered, ``found(rule)`` is said beside each citation: by what a rule of others reaches its subject."""
    _remark.set(found)


def remarked(rule: Rule) -> str:
    """What the page's system says beside the citation of a rule; "" when it says nothing."""
    found = _remark.get()
    return say(found(rule)) if found else ""


class Language:
    """Sets the thread's language and ``request.theme``; answers the switches ``?lang=`` and ``?theme=``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and ("lang" in request.GET or "theme" in request.GET):
            return _switch(request)
        lang = _chosen(request.COOKIES.get(LANGUAGE_COOKIE), LANGUAGES)
        request.LANGUAGE_CODE = lang
        request.theme = _chosen(request.COOKIES.get(THEME_COOKIE), THEMES)  # type: ignore[attr-defined]
        said, remarks = _speech.set(None), _remark.set(None)
        try:
            with translation.override(lang):
                response = self.get_response(request)
        finally:
            _speech.reset(said)
            _remark.reset(remarks)
        response.headers.setdefault("Content-Language", lang)
        return response


def _chosen(value: str | None, allowed: tuple[str, ...]) -> str:
    return value if value in allowed else allowed[0]


def _switch(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie and come back to the same address without it."""
    query = request.GET.copy()
    asked = {LANGUAGE_COOKIE: (query.pop("lang", []), LANGUAGES), THEME_COOKIE: (query.pop("theme", []), THEMES)}
    response = HttpResponseRedirect("/" + request.path.lstrip("/") + ("?" + query.urlencode() if query else ""))
    for cookie, (values, allowed) in asked.items():
        if values and values[-1] in allowed:
            response.set_cookie(cookie, values[-1], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response
