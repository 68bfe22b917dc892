"""«Vues enregistrées»: the filters, search and columns of a list under a name, declared by the list or kept by a person.

A view is a part of the list's own address, so it needs no JavaScript and can be sent to a colleague, who sees what he may see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from opposable.kernel.models import Account
from opposable.law.text import Text, t
from opposable.web.forms import toast
from opposable.web.language import say
from opposable.web.models import SavedView

MOST = 20
"""Views of one list that a person may keep: more would be a list of its own."""
NOT_KEPT = ("after", "before", "format")
_SALT = "opposable.web.saved"


@dataclass(frozen=True)
class View:
    """A view that the list declares for everybody: ``query`` as ``"status=open&columns=place"``."""

    label: Text
    query: str


@dataclass(frozen=True)
class ViewChip:
    """One view as a link; ``forget`` is the address that takes a person's own view away (POST)."""

    label: str
    href: str
    current: bool
    forget: str = ""


@dataclass(frozen=True)
class Views:
    """What stands above a list: its views, and what is needed to keep this one (``keep`` empty: nothing to keep)."""

    chips: Sequence[ViewChip]
    page: str
    query: str
    address: str
    keep: bool


def page_of(request: HttpRequest) -> str:
    """The list's own name: its URL name, so that a view serves the same list of every company."""
    match = request.resolver_match
    return match.view_name if match else ""


def plain_query(query: Mapping[str, Any] | str) -> str:
    """The part of an address that makes a view: without the page one is on, sorted, so that equal views are equal texts."""
    given = QueryDict(query) if isinstance(query, str) else query
    pairs = sorted((key, str(value)) for key, value in given.items() if value and key not in NOT_KEPT)
    made = QueryDict(mutable=True)
    made.update(dict(pairs))
    return made.urlencode()


def views_of(request: HttpRequest, declared: Sequence[View]) -> Views:
    """The views of the list that the request shows. One query, none for whoever is not signed in."""
    page, here = page_of(request), plain_query(request.GET)
    user: Any = getattr(request, "user", None)
    own = SavedView.objects.filter(account=user, page=page)[:MOST] if page and user and user.is_authenticated else ()
    chips = [
        ViewChip(say(view.label), _address(request, view.query), plain_query(view.query) == here) for view in declared
    ]
    chips += [
        ViewChip(row.name, _address(request, row.query), row.query == here, reverse("web:view-forget", args=[row.pk]))
        for row in own
    ]
    known = any(chip.current for chip in chips)
    return Views(chips, page, here, request.get_full_path(), keep=bool(here and page and user and not known))


def _address(request: HttpRequest, query: str) -> str:
    return f"?{query}" if query else request.path


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the view under the name that was given; the same name again takes the new filters."""
    page, name = request.POST.get("page", "")[:120], " ".join(request.POST.get("name", "").split())[:60]
    query, back = plain_query(request.POST.get("query", "")), _back(request, request.POST.get("next", ""))
    if not name or not page or not query or len(query) > 1000 or "\0" in page + name + query:
        toast(request, t("Donnez un nom à la vue : rien n’a été gardé.", "Give the view a name: nothing was kept."))
        return _see(back)
    mine = SavedView.objects.filter(account=_owner(request), page=page)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        said = t(
            "Vous avez déjà {n} vues de cette liste : oubliez-en une.", "You have {n} views of this list: forget one."
        )
        toast(request, said.format(n=MOST))
        return _see(back)
    SavedView.objects.update_or_create(account=_owner(request), page=page, name=name, defaults={"query": query})
    toast(request, t("Vue gardée : {name}.", "View kept: {name}.").format(name=name))
    return _see(back)


@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a view of one's own; the toast can bring it back."""
    row = get_object_or_404(SavedView, account=_owner(request), pk=pk)
    back = _back(request, request.POST.get("next", ""))
    token = signing.dumps([row.page, row.name, row.query, back], salt=_SALT, compress=True)
    row.delete()
    toast(
        request,
        t("Vue oubliée : {name}.", "View forgotten: {name}.").format(name=row.name),
        undo=reverse("web:view-restore", args=[token]),
    )
    return _see(back)


@require_POST
def restore(request: HttpRequest, token: str) -> HttpResponse:
    """Undo of `forget`. The token is ours and an hour old at most; it only ever fills the person's own views."""
    try:
        page, name, query, back = signing.loads(token, salt=_SALT, max_age=3600)
    except signing.BadSignature as error:
        raise Http404 from error
    SavedView.objects.update_or_create(account=_owner(request), page=page, name=name, defaults={"query": query})
    toast(request, t("Vue gardée : {name}.", "View kept: {name}.").format(name=name))
    return _see(_back(request, back))


def _owner(request: HttpRequest) -> Account:
    """The person at the keyboard; these addresses exist for nobody else."""
    if not isinstance(request.user, Account):
        raise Http404
    return request.user


def _back(request: HttpRequest, address: str) -> str:
    """Back to the list, never to another site."""
    inside = url_has_allowed_host_and_scheme(address, allowed_hosts=None) and address.startswith("/")
    return address if inside else settings.LOGIN_REDIRECT_URL


def _see(address: str) -> HttpResponse:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response
