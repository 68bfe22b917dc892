"""Error pages that say what to do next. What one may not see does not exist: 403 is answered as 404.

Named in the root URLs: ``handler400 = "opposable.web.errors.bad_request"`` and so on, and in the settings
``CSRF_FAILURE_VIEW = "opposable.web.errors.csrf"``.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string

from opposable.law.text import Text, t
from opposable.web.format import number_text
from opposable.web.language import current, say


class NothingNamedSo:
    """Middleware: an address with a NUL names nothing. PostgreSQL would refuse the question, and the page would fail."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            raise Http404
        return self._get_response(request)


@dataclass(frozen=True)
class _Page:
    status: int
    title: Text
    what: Text
    then: Text


_PAGES = {
    400: _Page(
        400,
        t("Demande illisible", "Unreadable request"),
        t("Le serveur n’a pas compris ce qui a été envoyé.", "The server did not understand what was sent."),
        t(
            "Revenez à la page précédente et recommencez. Rien n’a été enregistré.",
            "Go back and try again. Nothing was recorded.",
        ),
    ),
    404: _Page(
        404,
        t("Introuvable", "Not found"),
        t(
            "Cette page n’existe pas, ou votre habilitation ne permet pas de la voir.",
            "This page does not exist, or your rights do not let you see it.",
        ),
        t(
            "Vérifiez l’adresse, cherchez la pièce par son nom, ou demandez une habilitation au secrétariat.",
            "Check the address, search for the record by name, or ask the office for the right to see it.",
        ),
    ),
    419: _Page(
        403,
        t("Session expirée", "Session expired"),
        t(
            "Le formulaire a été ouvert il y a trop longtemps, ou depuis un autre site. Rien n’a été enregistré.",
            "The form was opened too long ago, or from another site. Nothing was recorded.",
        ),
        t("Rouvrez la page, puis envoyez de nouveau le formulaire.", "Open the page again, then send the form again."),
    ),
    422: _Page(
        422,
        t("Saisie à corriger", "Please correct the entry"),
        t(
            "Ce qui a été envoyé ne peut pas être enregistré tel quel.",
            "What was sent cannot be recorded as it stands.",
        ),
        t(
            "Revenez au formulaire : ce que vous avez saisi y est encore.",
            "Go back to the form: what you typed is still there.",
        ),
    ),
    429: _Page(
        429,
        t("Trop d’essais", "Too many attempts"),
        t(
            "Par sécurité, les essais d’identification sont limités. Rien n’a été enregistré.",
            "For safety, attempts at identification are limited. Nothing was recorded.",
        ),
        t("Patientez {wait} s, puis recommencez.", "Wait {wait} s, then try again."),
    ),
    500: _Page(
        500,
        t("Panne de notre côté", "A failure on our side"),
        t(
            "L’opération a été annulée en entier : un acte est enregistré avec son sceau, ou pas du tout.",
            "The operation was undone as a whole: an act is recorded with its seal, or not at all.",
        ),
        t(
            "Recommencez dans un instant. Si vous attendiez un accusé de réception, le registre des actes dit si l’acte existe.",
            "Try again in a moment. If you were waiting for a receipt, the register of acts tells whether the act exists.",
        ),
    ),
}


def error_page(request: HttpRequest, key: int, *, wait: int = 0) -> HttpResponse:
    """Draw an error page without touching the database."""
    page, lang = _PAGES[key], current()
    words = {
        name: say(getattr(page, name).format(wait=number_text(wait, lang)), lang) for name in ("title", "what", "then")
    }
    context = {**words, "status": page.status, "lang": lang, "theme": getattr(request, "theme", "auto")}
    return HttpResponse(render_to_string("web/error.html", context), status=page.status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return error_page(request, 400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, and 403 too: not visible is not there."""
    return error_page(request, 404)


def unprocessable(request: HttpRequest) -> HttpResponse:
    """422 where there is no form to show again."""
    return error_page(request, 422)


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """429 with ``Retry-After`` in seconds."""
    response = error_page(request, 429, wait=wait)
    response.headers["Retry-After"] = str(wait)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return error_page(request, 500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from another site or from an old session."""
    return error_page(request, 419)
