"""Any act from the command line, as the API offers it: the same vocabulary, the same parameters, the same refusals.

``opposable act`` lists the acts, ``opposable act NAME`` says what one takes, ``opposable act NAME name=value …`` performs it. An object is
named by its uid or by its first characters; a list or an object is written in JSON; an instant without a zone is Paris time.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from opposable.commands import open_home
from opposable.law import t
from opposable.law.terminal import Parser, language, say, words

if TYPE_CHECKING:
    from pydantic import BaseModel

    from opposable.kernel.actors import Actor
    from opposable.kernel.acts import ActType, Receipt
    from opposable.kernel.models import Recorded

LEAST_PREFIX = 6
OUTCOMES = {"done": "fait", "refused": "refusé"}
ABOUT = t(
    "Tout acte en ligne de commande, comme l’API l’offre : `opposable act` donne les actes, `opposable act NAME` dit ce que l’un prend,"
    " `opposable act NAME name=value …` l’accomplit. Un objet se nomme par son uid ou ses premiers caractères ; une liste ou un objet"
    " s’écrit en JSON ; un instant sans fuseau est à l’heure de Paris.",
    "Any act from the command line, as the API offers it: `opposable act` lists the acts, `opposable act NAME` says what one takes,"
    " `opposable act NAME name=value …` performs it. An object is named by its uid or by its first characters; a list or an object is"
    " written in JSON; an instant without a zone is Paris time.",
)


def run(argv: list[str]) -> int:
    """List the acts, describe one, or perform it."""
    parser = Parser(prog="opposable act", description=say(ABOUT))
    parser.add_argument(
        "name",
        nargs="?",
        default="",
        help=words(
            "l’acte, comme assembly.resolution.move ; un début donne ceux qui commencent ainsi",
            "the act, as assembly.resolution.move; a first part lists those",
        ),
    )
    parser.add_argument(
        "values",
        nargs="*",
        metavar="name=value",
        help=words(
            "ses paramètres ; name=@fichier prend le texte d’un fichier",
            "its parameters; name=@file takes a file’s text",
        ),
    )
    parser.add_argument(
        "--as",
        dest="email",
        default="",
        help=words(
            "le compte qui l’accomplit (par défaut : la console)", "the account that performs it (default: the console)"
        ),
    )
    parser.add_argument(
        "--zone",
        default="Europe/Paris",
        help=words("fuseau des instants écrits sans fuseau", "zone of instants written without one"),
    )
    parser.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    given = parser.parse_intermixed_args(argv)
    open_home()
    kind = _find(given.name)
    if kind is not None and kind.instead is not None:
        raise argparse.ArgumentTypeError(say(kind.instead))
    if kind is None or not kind.api:
        return _list(given.name)
    if not given.values and _needs_values(kind):
        return _describe(kind)
    return _perform(kind, given)


def _find(name: str) -> ActType | None:
    """The act of that name. Its own system is loaded first: the pages of all of them take thrice as long as most acts."""
    from opposable.kernel import acts
    from opposable.kernel.system import systems

    label = name.partition(".")[0]
    for system in systems():
        if system.label == label:
            import_module(f"{system.name}.acts")
    if name not in acts.REGISTRY:
        import_module("opposable.urls")  # every act is registered, those of the house and of each system
    return acts.REGISTRY.get(name)


def _list(prefix: str) -> int:
    from opposable.kernel import acts

    names = [name for name, kind in sorted(acts.REGISTRY.items()) if kind.api and name.startswith(prefix)]
    if not names:
        raise argparse.ArgumentTypeError(
            words(
                f"aucun acte ne commence par {prefix!r} : `opposable act` les donne",
                f"no act begins with {prefix!r}: `opposable act` lists them",
            )
        )
    for name in names:
        print(f"{name:34} {say(acts.REGISTRY[name].label)}")
    return 0


def _needs_values(kind: ActType) -> bool:
    return any(item.kind is item.KEYWORD_ONLY for item in kind.signature.parameters.values())


def _describe(kind: ActType) -> int:
    from opposable.web import api

    print(f"{kind.name}: {say(kind.label)}")
    for name, hint in api.parameters(kind).items():
        default = kind.signature.parameters[name].default
        model = api.recorded_type(hint)
        what = f"{words('uid d’un objet', 'uid of')} {model.Evidence.kind}" if model else _type_words(hint)
        usual = "" if default is kind.signature.empty else f"  ({words('par défaut', 'default')} {default!r})"
        print(f"  {name:20} {what}{usual}")
    return 0


def _type_words(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint).replace("typing.", "").replace("datetime.", "")


def _perform(kind: ActType, given: argparse.Namespace) -> int:
    from pydantic import ValidationError

    from opposable.law import Refused
    from opposable.web import api

    who = actor(given.email)
    try:
        body = api.body_of(kind).model_validate(_read(kind, given))
    except ValidationError as error:
        raise argparse.ArgumentTypeError(_wrong(error)) from None
    try:
        done = kind.call(who, **_objects(kind, body, who))
    except Refused as refused:
        if not given.json:
            raise
        print(json.dumps({"refusal": refused.as_data(), "receipt": _data(refused.receipt)}, ensure_ascii=False))
        return 1
    _say(done, as_json=given.json)
    return 0


def _read(kind: ActType, given: argparse.Namespace) -> dict[str, Any]:
    """The values as they were typed: JSON where a list or an object is wanted, a file after @, a zone for bare instants."""
    from opposable.web import api

    hints, values = api.parameters(kind), {}
    for item in given.values:
        name, sign, text = item.partition("=")
        if not sign:
            raise argparse.ArgumentTypeError(words(f"{item!r} : écrivez name=value", f"{item!r}: write name=value"))
        values[name] = _value(hints.get(name), text, given.zone)
    return values


def _value(hint: Any, text: str, zone: str) -> Any:
    if text.startswith("@"):
        return Path(text[1:]).read_text(encoding="utf-8")
    kind = str(hint)
    if text[:1] in "[{" and any(name in kind for name in ("list", "dict", "Sequence")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(
                words(f"{text[:60]!r} n’est pas du JSON : {error}", f"{text[:60]!r} is no JSON: {error}")
            ) from None
    if "datetime.datetime" in kind:
        return _instant(text, zone)
    return text


def _instant(text: str, zone: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text  # what it lacks is said with the other parameters
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).isoformat()


def _objects(kind: ActType, body: BaseModel, who: Actor) -> dict[str, Any]:
    from opposable.web import api

    values = {name: getattr(body, name) for name in type(body).model_fields}
    for name, hint in api.parameters(kind).items():
        model = api.recorded_type(hint)
        if model is not None and values[name] is not None:
            values[name] = find(model, values[name], who)
    return values


def find(model: type[Recorded], uid: str, who: Actor) -> Recorded:
    """The object of that uid, or of the only uid that begins so, if ``who`` may see it."""
    rows = model._default_manager.visible_to(who)
    found = list(rows.filter(uid__startswith=uid)[:2]) if len(uid) >= LEAST_PREFIX else []
    if len(found) != 1:
        kind = model.Evidence.kind
        fr, en = ("plus d’un objet", "more than one") if found else ("aucun objet", "no")
        raise argparse.ArgumentTypeError(
            words(
                f"{uid!r} désigne {fr} {kind} : `opposable show {kind}` les donne (au moins {LEAST_PREFIX} caractères)",
                f"{uid!r} names {en} {kind}: `opposable show {kind}` lists them (at least {LEAST_PREFIX} characters)",
            )
        )
    row: Recorded = found[0]
    return row


def actor(email: str) -> Actor:
    """The account of that address, or the console: whoever can run this already holds the installation."""
    from opposable.kernel import actors
    from opposable.kernel.models import Account

    if not email:
        return actors.system("console")
    account = Account.objects.filter(email__iexact=email, is_active=True).first()
    if account is None:
        raise argparse.ArgumentTypeError(
            words(f"aucun compte {email} : opposable account list", f"no account {email}: opposable account list")
        )
    who: Actor = account.actor
    return who


def _wrong(error: Any) -> str:
    said = "; ".join(
        f"{'.'.join(map(str, one['loc'])) or words('valeurs', 'values')}: {one['msg'].lower()}"
        for one in error.errors()[:5]
    )
    return words(f"{said}. `opposable act NAME` dit ce qu’il prend", f"{said}. `opposable act NAME` says what it takes")


def _data(receipt: Receipt[Any] | None) -> dict[str, Any] | None:
    from opposable.kernel import clock
    from opposable.kernel.models import Recorded

    if receipt is None:
        return None
    result = receipt.result
    made = (
        {"uid": result.uid, "kind": result.Evidence.kind, "state": result.state()}
        if isinstance(result, Recorded)
        else None
    )
    return {
        "act": receipt.type,
        "at": clock.utc(receipt.at),
        "outcome": receipt.outcome,
        "entry": receipt.entry,
        "index": receipt.index,
        "result": made,
    }


def _say(receipt: Receipt[Any], *, as_json: bool) -> None:
    data = _data(receipt)
    assert data is not None
    if as_json:
        print(json.dumps(data, ensure_ascii=False, default=_plain))
        return
    index, entry = data["index"], data["entry"][:16]
    if language() == "en":
        seal = "not sealed yet" if index is None else f"act no. {index}"
        print(f"{data['outcome']}: {data['act']} at {data['at']}, {seal}, entry {entry}…")
    else:
        seal = "pas encore scellé" if index is None else f"acte n° {index}"
        print(
            f"{OUTCOMES.get(data['outcome'], data['outcome'])} : {data['act']} à {data['at']}, {seal}, entrée {entry}…"
        )
    if data["result"]:
        print(f"{data['result']['kind']} {data['result']['uid']}")
    sys.stdout.flush()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
