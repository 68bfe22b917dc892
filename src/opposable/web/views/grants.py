"""«Accès»: who may do what, where, since when; giving a role in three steps, taking roles back in number.

Read by whoever may read grants; written by the keeper of accesses. Nobody gives himself a right: the act refuses it.
"""

import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import lazy

from opposable.kernel import accounts, clock
from opposable.kernel.models import Account, Cell, Grant
from opposable.kernel.system import roles, systems
from opposable.law.text import Text, t
from opposable.web import bulk
from opposable.web.access import actor_of, grants_of, paths, within
from opposable.web.language import say
from opposable.web.listing import Column, Filter, Listing
from opposable.web.saved import View
from opposable.web.wizard import Given, Step, StepForm, Wizard

KIND = Grant.Evidence.kind


def _may(request: HttpRequest, verb: str) -> bool:
    return bool(paths(grants_of(request), KIND, verb))


def role_label(name: str) -> Text:
    """What a role is called, after the system it is of; its name when that is no longer installed."""
    known, title = roles().get(name), _titles().get(name.partition(".")[0])
    if known is None:
        return Text(name, name)
    return title + " · " + known.label if title else known.label


def _titles() -> dict[str, Text]:
    return {system.label: system.title for system in systems()}


def _state(row: Grant) -> tuple[str, Text]:
    ended = row.until is not None and row.until <= clock.now()
    return ("info", t("retirée", "ended")) if ended else ("ok", t("en cours", "running"))


def _running(rows: QuerySet[Grant], value: str) -> QuerySet[Grant]:
    now = clock.now()
    running = Q(since__lte=now) & (Q(until=None) | Q(until__gt=now))
    return rows.filter(running if value == "running" else ~running)


def _name(row: Grant) -> Text:
    return Text(f"{row.account} · ", f"{row.account} · ") + role_label(row.role)


def _listing() -> Listing:
    """Made at each request: the roles are those of the installed systems."""
    return Listing(
        columns=(
            Column("name", t("Personne", "Person"), lambda row: row.account.name),
            Column("email", t("Adresse", "Address"), lambda row: row.account.email),
            Column("role", t("Rôle", "Role"), lambda row: role_label(row.role)),
            Column("cell", t("Compartiment", "Compartment"), lambda row: cell_name(row.cell)),
            Column("since", t("Depuis", "Since"), lambda row: row.since, "instant"),
            Column("until", t("Jusqu’à", "Until"), lambda row: row.until, "instant", default=False),
            Column("state", t("État", "State"), _state, "state"),
        ),
        filters=(
            Filter(
                "state",
                t("État", "State"),
                [("running", t("en cours", "running")), ("ended", t("retirée", "ended"))],
                _running,
            ),
            Filter(
                "role",
                t("Rôle", "Role"),
                [(name, role_label(name)) for name in roles()],
                lambda rows, value: rows.filter(role=value),
            ),
        ),
        views=(View(t("En cours", "Running"), "state=running"),),
        order=("account__name", "pk"),
        search=lambda rows, words: rows.filter(Q(account__name__icontains=words) | Q(account__email__icontains=words)),
        export_name="access",
        bulk=(
            bulk.Bulk(
                "end",
                t("Retirer", "End"),
                lambda request, row: accounts.end(actor_of(request), grant=row),
                t(
                    "Ces habilitations prennent fin maintenant. Ce qui a été fait sous elles reste licite.",
                    "These grants end now. What was done under them stays lawful.",
                ),
                name=_name,
                tone="danger",
                offered=lambda request: _may(request, "write"),
            ),
        ),
    )


def grants(request: HttpRequest) -> HttpResponseBase:
    """Every grant in the compartments where the person may read grants."""
    if not _may(request, "read"):
        raise Http404
    rows = Grant.objects.filter(within(grants_of(request), KIND)).select_related("account", "cell")
    listing = _listing()
    if _may(request, "export") and (download := listing.export(request, rows)):
        return download
    if done := listing.act(request, rows.filter(until=None)):
        return done
    page = listing.page(request, rows)
    context = {"list": page, "may_give": _may(request, "write")}
    return TemplateResponse(request, "web/pages/grants.html", context)


# ---- giving a role ---------------------------------------------------------------------------------------------------


def _words(fr: str, en: str) -> Any:
    return lazy(lambda: say(Text(fr, en)), str)()


class Who(StepForm):
    """The person: an account that exists, or one to be opened."""

    email = forms.EmailField(label=_words("Adresse électronique", "E-mail address"), max_length=254)
    name = forms.CharField(
        label=_words("Prénom et nom", "Name"),
        max_length=120,
        required=False,
        help_text=_words(
            "Seulement si cette adresse n’a pas encore de compte.", "Only if this address has no account yet."
        ),
    )
    language = forms.ChoiceField(label=_words("Langue", "Language"), choices=(("fr", "Français"), ("en", "English")))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        account = account_of(given.get("email", ""))
        if given.get("email") and account is None and not given.get("name"):
            said = t("Cette adresse n’a pas de compte : donnez le nom.", "This address has no account: give the name.")
            self.add_error("name", ValidationError(say(said)))
        if account is not None:
            given["name"] = account.name
        return given


def _roles_by_system() -> list[tuple[str, list[tuple[str, str]]]]:
    """The roles to choose from, under the system each is of."""
    titles, grouped = _titles(), dict[str, list[tuple[str, str]]]()
    for name, role in roles().items():
        title = titles.get(name.partition(".")[0], t("Maison", "House"))
        grouped.setdefault(say(title), []).append((name, say(role.label)))
    return list(grouped.items())


class What(StepForm):
    """The role, and where it holds."""

    role = forms.ChoiceField(label=_words("Rôle", "Role"))
    cell = forms.ModelChoiceField(
        queryset=Cell.objects.none(),
        label=_words("Compartiment", "Compartment"),
        empty_label=None,
        help_text=_words("Le rôle vaut ici et au-dessous.", "The role holds here and below."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [("", "–"), *_roles_by_system()]  # type: ignore[attr-defined]
        allowed = Q(pk__in=[])
        for path in paths(grants_of(self.request), KIND, "write") if self.request else ():
            allowed |= Q(path__startswith=path)
        self.fields["cell"].queryset = Cell.objects.filter(allowed).order_by("path")  # type: ignore[attr-defined]
        self.fields["cell"].label_from_instance = cell_name  # type: ignore[attr-defined]


def cell_name(cell: Cell) -> str:
    """A compartment in a list of choices."""
    if cell.path == "/":
        return say(t("Toute l’installation", "The whole installation"))
    return f"{cell.label} ({cell.path})" if cell.label and cell.label != cell.path else cell.path


def account_of(email: str) -> Account | None:
    """The account of an address."""
    return Account.objects.filter(email__iexact=email).first() if email else None


def _finish(request: HttpRequest, given: Given) -> HttpResponse:
    """Open the account when it is new, give the role; the first password is shown this once."""
    actor, who, what = actor_of(request), given["who"], given["what"]
    account, password = account_of(who["email"]), ""
    if account is None:
        password = "-".join(secrets.token_hex(2) for _ in range(5))
        opened = accounts.open_account(
            actor, email=who["email"], name=who["name"], password=password, language=who["language"]
        )
        account = opened.result
    receipt = accounts.give(actor, account=account, role=what["role"], cell=what["cell"])
    context = {
        "account": account,
        "password": password,
        "role": role_label(what["role"]),
        "cell": cell_name(what["cell"]),
        "receipt": receipt,
    }
    return TemplateResponse(request, "web/pages/grant_given.html", context)


GIVE = Wizard(
    name="grant",
    title=t("Donner un accès", "Give access"),
    steps=(
        Step(
            "who",
            t("La personne", "The person"),
            Who,
            t(
                "Un compte par personne : chaque acte porte le nom de qui l’a fait.",
                "One account a person: each act bears the name of who did it.",
            ),
        ),
        Step(
            "what",
            t("Le rôle", "The role"),
            What,
            t(
                "Ce qu’il ne permet pas de voir n’existe pas pour cette personne.",
                "What it does not let see does not exist for this person.",
            ),
        ),
    ),
    finish=_finish,
    done=t("Donner cet accès", "Give this access"),
    back=lambda _request: reverse("web:grants"),
)


def give(request: HttpRequest) -> HttpResponse:
    """«Donner un accès», for the keeper of accesses; it does not exist for others."""
    if not _may(request, "write"):
        raise Http404
    return GIVE.answer(request)
