"""The API: every act can be performed, every visible object read. Nothing here is written twice.

Writing: ``POST /api/acts/<type>`` takes the act's own typed parameters (an object is named by its uid) and answers with the
receipt. A refusal answers 409 with the rule that refuses and its receipt: it is recorded like any other. Reading: the state
of recorded objects, as the log commits to it. What the bearer may not see does not exist (404).
"""

from __future__ import annotations

import inspect
import typing
from datetime import datetime
from typing import Any

from django.db import DataError
from django.http import Http404, HttpRequest
from django.utils.module_loading import import_string
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, create_model, model_validator

from opposable import __version__
from opposable.kernel import acts, clock, decisions, guards
from opposable.kernel.actors import Actor
from opposable.kernel.faults import Fault
from opposable.kernel.models import ApiToken, Leaf, Recorded
from opposable.kernel.system import systems
from opposable.law import LawError, Refused, t

PAGE = 100
LARGEST = 2**53 - 1
"""Of the numbers that canonical JSON holds (RFC 8785, RFC 7493)."""
TOO_LONG = t(
    "Un texte est trop long, ou un nombre trop grand, pour ce qu’on en garde : rien n’a été fait.",
    "A text is too long, or a number too large, for what is kept of it: nothing was done.",
)


class Bearer(HttpBearer):
    """``Authorization: Bearer <token>``: a token of an account, shown once when it was issued."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return ApiToken.actor_of(token, clock.now())


class Done(Schema):
    """Receipt of an act. ``index`` is null while the act waits for its seal; ``result`` is what it made, when it made something."""

    act: str
    at: str
    outcome: str
    entry: str
    index: int | None
    result: dict[str, Any] | None


class Denied(Schema):
    """A refusal: code, reason and remedy in both languages, the rule's pin, the facts and the arithmetic, and its receipt."""

    refusal: dict[str, Any]
    receipt: Done | None


class Thing(Schema):
    """A recorded object: ``seq`` counts its acts, ``head`` is the entry of the last one, ``state`` what that act left."""

    uid: str
    kind: str
    seq: int
    head: str
    state: dict[str, Any]


class Whole(Thing):
    """An object read alone. ``digest`` is what a decision on this state bears: an act that decides takes it as ``seen``."""

    digest: str


class Page(Schema):
    """``next`` is the cursor of the following page, null at the end."""

    items: list[Thing]
    next: int | None


api = NinjaAPI(
    title="Opposable", version=__version__, auth=Bearer(), urls_namespace="api", docs_url=None, description=__doc__
)


def models() -> dict[str, type[Recorded]]:
    """Every kind of recorded object, by its name."""
    return {model.Evidence.kind: model for model in guards.recorded_models() if model is not ApiToken}


def visible(actor: Actor, model: type[Recorded], uid: str) -> Recorded:
    """The object named by ``uid`` if ``actor`` may see it. Raises Http404."""
    if not (uid.isascii() and uid.isalnum()):  # neither database is asked for what it could not even read
        raise Http404
    row: Recorded | None = model._default_manager.visible_to(actor).filter(uid=uid).first()
    if row is None:
        raise Http404
    return row


@api.get("/objects/{kind}", response=Page, summary="Objects of a kind")
def list_objects(request: HttpRequest, kind: str, after: int = 0, limit: int = PAGE) -> Page:
    """The visible objects of a kind, the oldest first, ``limit`` (500 at most) from the cursor ``after``."""
    model = models().get(kind)
    if model is None:
        raise Http404
    limit = max(1, min(limit, 500))
    rows = list(model._default_manager.visible_to(actor_of(request)).filter(pk__gt=after).order_by("pk")[:limit])
    return Page(items=[thing_of(row) for row in rows], next=rows[-1].pk if len(rows) == limit else None)


@api.get("/objects/{kind}/{uid}", response=Whole, summary="One object")
def read_object(request: HttpRequest, kind: str, uid: str) -> Whole:
    """The present state of an object."""
    model = models().get(kind)
    if model is None:
        raise Http404
    row = visible(actor_of(request), model, uid)
    return Whole(**thing_of(row).model_dump(), digest=decisions.state_digest(row))


def answer_refusals(api: NinjaAPI) -> None:
    """What a rule refuses is 409, with the receipt where there is one; what the law on file cannot tell is 422.

    What the machine or the network fails to do (a time-stamp, a key) is 503: nothing was done, and it can be asked again.
    """

    @api.exception_handler(Refused)
    def on_refused(request: HttpRequest, refused: Refused) -> Any:
        done = done_of(refused.receipt) if refused.receipt else None
        return api.create_response(request, {"refusal": refused.as_data(), "receipt": done}, status=409)

    @api.exception_handler(Fault)
    def on_fault(request: HttpRequest, fault: Fault) -> Any:
        return api.create_response(request, {"detail": fault.text.as_data()}, status=503)

    @api.exception_handler(DataError)
    def on_data_error(request: HttpRequest, error: DataError) -> Any:
        return api.create_response(request, {"detail": TOO_LONG.as_data()}, status=422)

    @api.exception_handler(LawError)
    def on_law_error(request: HttpRequest, error: LawError) -> Any:
        return api.create_response(request, {"detail": error.text.as_data()}, status=422)


answer_refusals(api)


def actor_of(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor


def thing_of(row: Recorded) -> Thing:
    return Thing(uid=row.uid, kind=row.Evidence.kind, seq=row.seq, head=row.head, state=row.state())


def done_of(receipt: acts.Receipt[Any]) -> Done:
    result = receipt.result
    return Done(
        act=receipt.type,
        at=clock.utc(receipt.at),
        outcome=receipt.outcome,
        entry=receipt.entry,
        index=Leaf.objects.filter(act_id=receipt.act_id).values_list("index", flat=True).first(),
        result=thing_of(result).model_dump() if isinstance(result, Recorded) else None,
    )


# Writing, derived from the acts


def parameters(kind: acts.ActType) -> dict[str, Any]:
    """The typed parameters of an act, as its function declares them."""
    hints = typing.get_type_hints(inspect.unwrap(kind.call), include_extras=True)
    return {name: hints[name] for name, item in kind.signature.parameters.items() if item.kind is item.KEYWORD_ONLY}


def recorded_type(hint: Any) -> type[Recorded] | None:
    """The class of a parameter that names an object, alone or optional."""
    options = [item for item in (typing.get_args(hint) or (hint,)) if item is not type(None)]
    only = options[0] if len(options) == 1 else None
    return only if isinstance(only, type) and issubclass(only, Recorded) else None


class Body(BaseModel):
    """Base of the bodies. Unknown fields are refused: a misspelt one must not pass for absent. So is what no record can hold."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _can_be_recorded(cls, given: Any) -> Any:
        return check_recordable(given)


def check_recordable(given: Any) -> Any:
    """Raises ValueError for text with a NUL or half a character (a lone surrogate), and for numbers beyond 53 bits, however deep."""
    match given:
        case str():
            if "\0" in given or (not given.isascii() and any("\ud800" <= one <= "\udfff" for one in given)):
                raise ValueError("text with a NUL or a lone surrogate cannot be recorded")
        case int() if abs(given) > LARGEST:
            raise ValueError("a number beyond 2^53 - 1 cannot be recorded: write it as text where text is taken")
        case dict():
            for name, value in given.items():
                check_recordable(name), check_recordable(value)
        case list():
            for value in given:
                check_recordable(value)
    return given


def body_of(kind: acts.ActType) -> type[BaseModel]:
    """The request body of an act."""
    fields: dict[str, Any] = {}
    for name, hint in parameters(kind).items():
        default = kind.signature.parameters[name].default
        model = recorded_type(hint)
        shape: Any = (str | None if type(None) in typing.get_args(hint) else str) if model else _zoned(hint)
        fields[name] = (shape, ... if default is inspect.Parameter.empty else default)
    return create_model(_title(kind.name), __base__=Body, **fields)


def _zoned(hint: Any) -> Any:
    """An instant must say its zone: without one it is nobody's. And it has a day before and a day after, in any zone."""
    if hint is datetime:
        return Instant
    if set(typing.get_args(hint)) == {datetime, type(None)}:
        return Instant | None
    return hint


def _on_calendars(at: datetime) -> datetime:
    if not 1 < at.year < 9999:
        raise ValueError("an instant is of a year from 2 to 9998")
    return at


Instant = typing.Annotated[AwareDatetime, AfterValidator(_on_calendars)]


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("-", ".").split("."))


def _offer(kind: acts.ActType) -> None:
    body = body_of(kind)
    named = {name: model for name, hint in parameters(kind).items() if (model := recorded_type(hint))}

    def perform(request: HttpRequest, payload: Any) -> Done:
        actor = actor_of(request)
        values = {name: getattr(payload, name) for name in type(payload).model_fields}
        for name, model in named.items():
            if values[name] is not None:
                values[name] = visible(actor, model, values[name])
        return done_of(kind.call(actor, **values))

    perform.__annotations__["payload"] = body
    perform.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HttpRequest),
            inspect.Parameter("payload", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=body),
        ]
    )
    perform.__doc__ = inspect.getdoc(kind.call)
    api.post(
        f"/acts/{kind.name}",
        response={200: Done, 409: Denied},
        operation_id=kind.name.replace(".", "_").replace("-", "_"),
        summary=kind.label.en,
        tags=[kind.name.split(".")[0]],
    )(perform)


def offer_acts() -> None:
    """Derive one operation from each act that the API offers. Called once, when every system is loaded."""
    for name in sorted(acts.REGISTRY):
        kind = acts.REGISTRY[name]
        if kind.api:
            _offer(kind)


def refer(request: HttpRequest, name: str) -> Any:
    """An act that the API does not offer: 403 with the reason and the way, where there is one; 404 for anything else."""
    kind = acts.REGISTRY.get(name)
    if kind is None or kind.instead is None:
        raise Http404
    return api.create_response(request, {"detail": kind.instead.as_data()}, status=403)


def offer_systems() -> None:
    """What a system offers beside its acts, under its own name."""
    for system in systems():
        if system.api:
            api.add_router(f"/{system.label}", import_string(system.api), tags=[system.label])


def urls() -> tuple[Any, ...]:
    """The API's addresses. Its own authentication stands at the door, not the login of the pages."""
    api.add_router("", import_string("opposable.web.api_files.router"))
    offer_acts()
    api.post("/acts/{name}", include_in_schema=False)(refer)  # the last of the acts: whatever is not offered
    offer_systems()
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        pattern.callback.login_required = False  # type: ignore[union-attr]
    return patterns, app_name, namespace
