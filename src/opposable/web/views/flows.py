"""«Circuits d’approbation»: each flow as its steps, its dated versions with their digests, and the form of the next one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.approvals import Flow, acts
from opposable.kernel.approvals.rules import OPS, Condition, Step
from opposable.kernel.models import ApprovalFlow
from opposable.kernel.system import roles
from opposable.law import Refused, Text, local_day, t
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.decided import role_label
from opposable.web.forms import day_input, see_other, toast, words
from opposable.web.language import say
from opposable.web.register import story_of

SPARE = 2
"""Empty steps offered below those of the flow."""
SPOKEN = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤", ">": ">", "<": "<", "in": "∈"}


class StepForm(forms.Form):
    """One step. A step without a name is none."""

    id = forms.SlugField(label=words("Nom de l’étape", "Name of the step"), max_length=40, required=False)
    fr = forms.CharField(label=words("Intitulé, en français", "Title, in French"), max_length=100, required=False)
    en = forms.CharField(label=words("Intitulé, en anglais", "Title, in English"), max_length=100, required=False)
    roles = forms.MultipleChoiceField(
        label=words("Qui peut se prononcer", "Who may speak"), required=False, widget=forms.CheckboxSelectMultiple
    )
    quorum = forms.IntegerField(label=words("Combien de personnes", "How many persons"), min_value=1, max_value=50)
    after = forms.CharField(
        label=words("Après les étapes", "After the steps"),
        help_text=words("Leurs noms, séparés par des espaces ; vide : tout de suite.", "Names; empty: at once."),
        required=False,
        max_length=400,
    )
    when = forms.CharField(
        label=words("Seulement si, une condition par ligne", "Only if, one condition a line"),
        help_text=words(
            "Par exemple : amount_cents >= 1000000, ou kind in erp cloud",
            "As: amount_cents >= 1000000, or kind in erp cloud",
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
    )
    days = forms.IntegerField(
        label=words("Délai en jours ouvrables (0 : aucun)", "Working days (0: no limit)"), min_value=0, max_value=366
    )

    def clean_when(self) -> list[dict[str, Any]]:
        return [_condition(line) for line in self.cleaned_data["when"].splitlines() if line.strip()]

    def as_data(self) -> dict[str, Any] | None:
        """The step as `Flow.read` takes it; None when it has no name."""
        said = self.cleaned_data
        if not said["id"]:
            return None
        return {
            "id": said["id"],
            "title": {"fr": said["fr"], "en": said["en"]},
            "roles": said["roles"],
            "quorum": said["quorum"],
            "after": said["after"].split(),
            "when": said["when"],
            "days": said["days"],
        }


class FlowForm(forms.Form):
    """The head of a version."""

    key = forms.CharField(label=words("Nom du circuit", "Name of the flow"), max_length=80)
    fr = forms.CharField(label=words("Intitulé, en français", "Title, in French"), max_length=100)
    en = forms.CharField(label=words("Intitulé, en anglais", "Title, in English"), max_length=100)
    distinct = forms.BooleanField(
        label=words("Une personne ne se prononce qu’à une étape", "Nobody speaks at two steps"), required=False
    )
    since = forms.DateField(label=words("En vigueur à partir du", "In force from"), widget=day_input())


def _condition(line: str) -> dict[str, Any]:
    said = line.split(None, 2)
    if len(said) < 3 or said[1] not in OPS:
        wanted = words("Écrivez : fait, comparaison, valeur.", "Write: fact, comparison, value.")
        raise forms.ValidationError(wanted)
    fact, op, value = said
    return {"fact": fact, "op": op, "value": value.replace(",", " ").split() if op == "in" else _value(value.strip())}


def _value(text: str) -> Any:
    known = {"true": True, "false": False}
    return known[text] if text in known else int(text) if text.lstrip("-").isdecimal() else text


def flows(request: HttpRequest) -> HttpResponse:
    """Every flow that the person may read, at the version of the day."""
    rows = ApprovalFlow.objects.visible_to(actor_of(request)).order_by("key", "-version")
    today = local_day(clock.now())
    latest: dict[str, ApprovalFlow] = {}
    for row in rows[:2000]:
        if row.since <= today or row.key not in latest:
            latest.setdefault(row.key, row)
    lines = [(row, Flow.read(row.data)) for row in latest.values()]
    return render(request, "web/pages/flows.html", {"lines": lines, "can": _may_write(request)})


def flow(request: HttpRequest, key: str) -> HttpResponse:
    """One flow: its steps at the version that ``?v=`` names (the last one by default), and its versions."""
    rows = ApprovalFlow.objects.visible_to(actor_of(request)).filter(key=key).select_related("cell")
    open_cases = Count("cases", filter=Q(cases__outcome=""))
    versions = list(rows.annotate(running=open_cases, all_cases=Count("cases")).order_by("-version"))
    wanted = request.GET.get("v", "")
    chosen = next((one for one in versions if not wanted or str(one.version) == wanted), None)
    if chosen is None:
        raise Http404
    context = {
        "row": chosen,
        "flow": Flow.read(chosen.data),
        "rows": _rows(Flow.read(chosen.data)),
        "versions": versions,
        "today": local_day(clock.now()),
        "history": story_of([one.uid for one in versions]),
        "can": _may_write(request),
    }
    return render(request, "web/pages/flow.html", context)


def _rows(flow: Flow) -> list[list[tuple[Step, list[Text], list[str], list[Text]]]]:
    """The steps by rank: those of a rank run side by side once those they wait for are done."""
    rank: dict[str, int] = {}
    while len(rank) < len(flow.steps):
        for step in flow.steps:
            if all(name in rank for name in step.after):
                rank[step.id] = max((rank[name] + 1 for name in step.after), default=0)
    titles = {step.id: step.title for step in flow.steps}
    ranks: list[list[Any]] = [[] for _ in range(max(rank.values()) + 1)]
    for step in flow.steps:
        said = [role_label(role) for role in step.roles], [_spoken(one) for one in step.when]
        ranks[rank[step.id]].append((step, *said, [titles[name] for name in step.after]))
    return ranks


def _spoken(condition: Condition) -> str:
    """A condition in words: "deviation", "amount_cents ≥ 1 000 000"."""
    value = condition.value
    if isinstance(value, bool) and condition.op == "==":
        return condition.fact if value else f"{say(t('non', 'not'))} {condition.fact}"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{condition.fact} {SPOKEN[condition.op]} {text}"


# ---------------------------------------------------------------- the next version


def publish(request: HttpRequest, key: str = "") -> HttpResponse:
    """The next version of a flow, begun from the present one, or a flow that is new. Nothing that was typed is lost."""
    if not _may_write(request):
        raise Http404
    last = ApprovalFlow.objects.visible_to(actor_of(request)).filter(key=key).order_by("-version").first()
    if key and last is None:
        raise Http404
    posted = request.POST if request.method == "POST" else None
    head = FlowForm(posted, initial=_head(last))
    steps = _steps(posted, last)
    refused = None
    if posted is not None and head.is_valid() and _read(steps):
        try:
            made = _publish(request, head, steps, key)
        except Refused as error:
            refused = error
        else:
            toast(request, t("Version publiée.", "Version published."))
            return see_other(reverse("web:flow", args=[made.key]))
    context = {"form": head, "steps": steps, "last": last, "refused": refused}
    return render(request, "web/pages/flow_form.html", context, status=422 if posted is not None else 200)


def _read(steps: Iterable[StepForm]) -> bool:
    """Whether every step reads; each is looked at, so that each says what is wrong with it."""
    return not [one for one in steps if not one.is_valid()]


def _publish(request: HttpRequest, head: FlowForm, steps: Iterable[StepForm], key: str) -> ApprovalFlow:
    said = head.cleaned_data
    data = {
        "key": key or said["key"],
        "title": {"fr": said["fr"], "en": said["en"]},
        "steps": [one for one in (step.as_data() for step in steps) if one],
        "distinct": said["distinct"],
    }
    return acts.publish(actor_of(request), data=data, since=said["since"]).result


def _head(last: ApprovalFlow | None) -> dict[str, Any]:
    if last is None:
        return {"distinct": True, "since": local_day(clock.now())}
    flow = Flow.read(last.data)
    since = max(local_day(clock.now()), last.since)
    return {"key": flow.key, "fr": flow.title.fr, "en": flow.title.en, "distinct": flow.distinct, "since": since}


def _steps(posted: Any, last: ApprovalFlow | None) -> list[StepForm]:
    """The form of each step, and a few empty ones; as many as came when something was posted."""
    given = [_said(step) for step in Flow.read(last.data).steps] if last else []
    count = len([name for name in posted if name.endswith("-id")]) if posted is not None else len(given) + SPARE
    blank = {"quorum": 1, "days": 0}
    known = _choices(last)
    made = []
    for number in range(min(count, 40 + SPARE)):
        form = StepForm(posted, prefix=f"s{number}", initial=given[number] if number < len(given) else blank)
        field: Any = form.fields["roles"]
        field.choices = known
        made.append(form)
    return made


def _said(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "fr": step.title.fr,
        "en": step.title.en,
        "roles": list(step.roles),
        "quorum": step.quorum,
        "after": " ".join(step.after),
        "when": "\n".join(f"{one.fact} {one.op} {_typed(one.value)}" for one in step.when),
        "days": step.days,
    }


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(value) if isinstance(value, list) else str(value)


def _choices(last: ApprovalFlow | None) -> list[tuple[str, str]]:
    """The roles that may be asked: those of the system that the flow is of, and those it names already; all for a new one."""
    system = last.key.partition(".")[0] if last else ""
    named = {role for step in Flow.read(last.data).steps for role in step.roles} if last else set()
    fitting = {name for name in roles() if name.partition(".")[0] == system}
    shown = (fitting | named) if fitting else {*roles(), *named}
    return [(name, f"{say(role_label(name))} ({name})") for name in sorted(shown)]


def _may_write(request: HttpRequest) -> bool:
    return "/" in paths(grants_of(request), ApprovalFlow.Evidence.kind, "write")
