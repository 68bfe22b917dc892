"""What a person may see: grants read once per page, acts by the objects they are about. Not visible is not there."""

from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.acts import REGISTRY
from opposable.kernel.duties import shown_to
from opposable.kernel.guards import recorded_models
from opposable.kernel.models import Act, Duty, Recorded, RecordedQuerySet
from opposable.kernel.models.access import grants_at, knowing
from opposable.kernel.system import roles_with

Held = tuple[tuple[str, str], ...]
"""Running grants as (role, path of the cell)."""


def actor_of(request: HttpRequest) -> Actor:
    """The person at the keyboard, as the acts name him. Raises Http404 for nobody."""
    user: Any = request.user
    if not user.is_authenticated:
        raise Http404
    actor: Actor = user.actor
    return actor


def grants_of(request: HttpRequest) -> Held:
    """The person's running grants, read once per request."""
    kept: Held | None = getattr(request, "opposable_grants", None)
    if kept is None:
        user: Any = getattr(request, "user", None)
        known = user is not None and user.is_authenticated
        kept = tuple(grants_at(user.actor, clock.now()).values_list("role", "cell__path")) if known else ()
        request.opposable_grants = kept  # type: ignore[attr-defined]
    return kept


def paths(held: Held, kind: str, verb: str = "read") -> list[str]:
    """The cells (with all below) where these grants let ``verb`` objects of ``kind``."""
    roles = set(roles_with(kind, verb))
    found = sorted({path for role, path in held if role in roles})
    return [path for path in found if not any(path != other and path.startswith(other) for other in found)]


def may_everywhere(held: Held, kind: str, verb: str = "read") -> bool:
    """Whether the grants let it from the top of the tree."""
    return "/" in paths(held, kind, verb)


def some_or_404(request: HttpRequest, kind: str, verb: str = "read") -> None:
    """404 for the list of a kind of which the person may see nothing anywhere: for him the page does not exist."""
    if not paths(grants_of(request), kind, verb):
        raise Http404


def within(held: Held, kind: str, field: str = "cell", verb: str = "read") -> Q:
    """The condition that a row of ``kind`` lies in a cell where ``verb`` is allowed; nothing satisfies it without a grant."""
    allowed = paths(held, kind, verb)
    if "/" in allowed and kind not in apart_kinds():
        return Q()
    condition = Q(pk__in=[])
    for path in allowed:
        condition |= Q(**{f"{field}__path__startswith": path})
    return condition


def visible_or_404(rows: QuerySet[Any], request: HttpRequest, **lookup: object) -> Any:
    """The row that the person may see, or 404. ``rows`` is a recorded model's queryset."""
    return get_object_or_404(rows.visible_to(actor_of(request)), **lookup)  # type: ignore[attr-defined]


def visible_acts(request: HttpRequest) -> QuerySet[Act]:
    """The acts about objects that the person may read, and his own. One condition per kind, each an index look-up."""
    actor, held = actor_of(request), grants_of(request)
    models = recorded_models()
    if all(may_everywhere(held, model.Evidence.kind) for model in models if model.Evidence.kind not in apart_kinds()):
        return Act.objects.exclude(_hidden(actor, held))
    seen = Q(actor=actor.uid) | Q(obj=actor.uid)
    for model in models:
        if paths(held, model.Evidence.kind):
            seen |= _about(_visible(model, actor, held))
    return Act.objects.filter(seen)


@cache
def apart_kinds() -> frozenset[str]:
    """Kinds whose rows may lie in a compartment apart: a right on "/" does not open all of them."""
    return frozenset(model.Evidence.kind for model in recorded_models() if model.Evidence.apart)


def _about(rows: QuerySet[Any]) -> Q:
    return Q(Exists(rows.filter(uid=OuterRef("obj")).values("pk")))


def _hidden(actor: Actor, held: Held) -> Q:
    """Acts that somebody who reads everything else may not see: about rows apart, or hidden from him, and acts that are secret.

    A queryset may say by ``hidden_from(actor)`` which rows are not for him whatever his grants.
    """
    secret = [name for name, act in REGISTRY.items() if act.secret]
    own, hidden, open_ones = Q(actor=actor.uid) | Q(obj=actor.uid), Q(type__in=secret), Q(pk__in=[])
    for model in recorded_models():
        if model.Evidence.apart:
            hidden |= _about(model._default_manager.filter(cell__path__startswith="~"))
            open_ones |= _about(_visible(model, actor, held))
        elif (hidden_from := getattr(model._default_manager.all(), "hidden_from", None)) is not None:
            hidden |= _about(hidden_from(actor))
    return hidden & ~own & ~open_ones


def visible_duties(request: HttpRequest) -> QuerySet[Duty]:
    """What is due on objects that the person may read, and what concerns him alone."""
    kinds = sorted({model.Evidence.kind for model in recorded_models()})
    return Duty.objects.filter(shown_to(actor_of(request), grants_of(request), kinds))


def _visible(model: type[Recorded], actor: Actor, held: Held) -> QuerySet[Any]:
    """A model that says itself what is visible is asked; for the others the grants already read are enough."""
    rows: Any = model._default_manager.all()
    if type(rows).visible_to is not RecordedQuerySet.visible_to:
        with knowing(actor, held):
            found: QuerySet[Any] = rows.visible_to(actor)
        return found
    filtered: QuerySet[Any] = rows.filter(within(held, model.Evidence.kind))
    return filtered


def find_row(uid: str) -> Recorded | None:
    """The recorded row with a pseudonym, whatever its kind. Two queries."""
    models = {model._meta.label: model for model in recorded_models()}
    searches = [
        model._default_manager.order_by().filter(uid=uid).annotate(found_in=Value(label)).values_list("found_in", "pk")
        for label, model in models.items()
    ]
    found = list(searches[0].union(*searches[1:], all=True)[:1]) if searches else []
    if not found:
        return None
    label, key = found[0]
    row: Recorded | None = models[label]._default_manager.select_related("cell").filter(pk=key).first()
    return row


def may_read_row(request: HttpRequest, row: Recorded) -> bool:
    """Whether the person may read a row already at hand. A model that says itself what is visible is asked."""
    rows: Any = type(row)._default_manager.all()
    if type(rows).visible_to is not RecordedQuerySet.visible_to:
        with knowing(actor_of(request), grants_of(request)):
            found: bool = rows.visible_to(actor_of(request)).filter(pk=row.pk).exists()
        return found
    return any(row.cell.path.startswith(path) for path in paths(grants_of(request), row.Evidence.kind))
