"""Acts: the only writers. One function, one transaction, one leaf; a refusal is an act too.

    @act("assembly.meeting.convene")
    def convene(a: Acting, *, meeting: Meeting) -> Meeting: ...

    receipt = convene(actor, meeting=meeting)

The function reads, decides and *names* what it changes (`Acting.record`, `Acting.part`); the rows, the act and its
parts are written together at its end. A write to a recorded table from anywhere else is refused (`guards`).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from django.db import DatabaseError, transaction

from opposable.kernel import anchors, clock, guards, sealing
from opposable.kernel.acting import Acting
from opposable.kernel.models import Act, Leaf, Recorded
from opposable.law import Refused, Text

if TYPE_CHECKING:
    from datetime import datetime

    from opposable.kernel.actors import Actor

P = ParamSpec("P")
T = TypeVar("T")

RETRIES = 3


@dataclass(frozen=True)
class Receipt(Generic[T]):
    """What the author of an act holds at once. ``index`` is None as long as the act waits for its seal: then it is a promise."""

    act_id: int
    type: str
    at: datetime
    entry: str
    outcome: str
    result: T

    @property
    def act(self) -> Act:
        return Act.objects.get(pk=self.act_id)

    @property
    def index(self) -> int | None:
        return Leaf.objects.filter(act_id=self.act_id).values_list("index", flat=True).first()


@dataclass(frozen=True)
class ActType:
    """An entry of the vocabulary of acts: name, label, the function that performs it, and its typed parameters."""

    name: str
    label: Text
    call: Callable[..., Receipt[Any]]
    signature: inspect.Signature
    api: bool
    secret: bool = False
    instead: Text | None = None


REGISTRY: dict[str, ActType] = {}


def act(
    name: str,
    *,
    label: Text,
    receipt: bool = False,
    api: bool = True,
    secret: bool = False,
    instead: Text | None = None,
) -> Callable[[Callable[Concatenate[Acting, P], T]], Callable[Concatenate[Actor, P], Receipt[T]]]:
    """Declare an act. ``receipt``: it is sealed before the call returns. ``api``: the writing API offers it.

    ``instead``: what the API and the command line answer for an act that they do not offer: why, and where it is done.

    ``secret``: that it was done is shown to its author and to who may read its object, whatever else others may see.

    The call raises `Refused` when a rule refuses; the refusal is then in the log, and ``refused.receipt`` is its receipt.
    """

    def declare(function: Callable[Concatenate[Acting, P], T]) -> Callable[Concatenate[Actor, P], Receipt[T]]:
        @functools.wraps(function)
        def perform(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> Receipt[T]:
            done = _perform(name, function, actor, kwargs)
            if receipt:
                sealing.request()
            return done

        if name in REGISTRY:
            raise RuntimeError(f"two functions claim the act {name}")
        REGISTRY[name] = ActType(name, label, perform, inspect.signature(function), api, secret, instead)
        return cast("Callable[Concatenate[Actor, P], Receipt[T]]", perform)

    return declare


def _perform(name: str, function: Callable[..., T], actor: Actor, kwargs: dict[str, Any]) -> Receipt[T]:
    for attempt in range(RETRIES):
        # The token first, then the clock: a token obtained in between would be later than the act that names it.
        after = anchors.last_digest()
        acting = Acting(name, actor, clock.now(), after, kwargs)
        try:
            return _accept(acting, function, kwargs)
        except Refused as refused:
            refused.receipt = _record_refusal(acting, refused)
            raise
        except DatabaseError as error:
            # Another act changed a row first: the trigger saw a `seq` that does not follow. Read it anew and decide again.
            if not guards.is_stale(error) or attempt == RETRIES - 1:
                raise
            for value in kwargs.values():
                if isinstance(value, Recorded) and not value._state.adding:
                    value.refresh_from_db()
    raise AssertionError("unreachable")


def _accept(acting: Acting, function: Callable[..., T], kwargs: dict[str, Any]) -> Receipt[T]:
    with transaction.atomic(durable=True):
        result = function(acting, **kwargs)
        act_id = acting.write()
    return Receipt(act_id, acting.type, acting.now, acting.entry, acting.outcome, result)


def _record_refusal(acting: Acting, refused: Refused) -> Receipt[None]:
    """Nothing of the refused act was kept; the refusal itself is one act in a transaction of its own."""
    acting.refuse_alone(refused)
    with transaction.atomic(durable=True):
        act_id = acting.write()
    return Receipt(act_id, acting.type, acting.now, acting.entry, "refused", None)
