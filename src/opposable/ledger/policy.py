"""Trust policies (C2SP tlog-policy): which logs and witnesses a verifier trusts, and how many must have signed.

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> all|any|<k> <name>…
    quorum <name>|none

The policy is what a verifier brings along: one that came with the proof proves nothing. Names are opaque octets; a
line cut short would weaken a policy in silence, so each must end with its newline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError, PolicyError
from opposable.ledger.note import COSIGNATURE, Verified, Verifier, open_note

NONE: Final = "none"
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")
_BLANKS: Final = re.compile(r"[ \t]+")
_DECIMAL: Final = re.compile(r"[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Group:
    """Witnesses a checkpoint when at least `threshold` of its `members` do (names of witnesses or groups)."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Trusted:
    """A checkpoint that satisfies a policy: log keys that signed it, and known witnesses with their POSIX seconds."""

    checkpoint: Checkpoint
    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, int]


@dataclass(frozen=True)
class Policy:
    """A parsed policy. `urls` holds those stated, by vkey; `quorum` is the name of a witness or group, or none."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str | bytes) -> Policy:
        """The policy of a file; `PolicyError` unless it follows the specification to the letter."""
        reader = _Reader()
        for number, line in enumerate(_lines(text), start=1):
            try:
                reader.read(line)
            except (NoteError, PolicyError) as error:
                raise PolicyError(f"policy, line {number}: {error}") from error
        if reader.quorum is None:
            raise PolicyError("policy: no quorum line (write «quorum none» to ask for no witness)")
        return cls(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)

    def check(self, checkpoint_note: str | bytes, logs: Iterable[Verifier] = ()) -> Trusted:
        """The checkpoint, if one of the logs (of the policy, or known otherwise) signed it and the quorum cosigned it.

        Raises `NoteError` when the note is malformed or a signature of a known key does not verify, `PolicyError`
        when signatures are missing.
        """
        trusted_logs = {*self.logs, *logs}
        text, verified = open_note(checkpoint_note, [*trusted_logs, *self.witnesses.values()])
        checkpoint = Checkpoint.parse(text)
        by_log = tuple(
            one.verifier for one in verified if one.verifier in trusted_logs and one.name == checkpoint.origin
        )
        if not by_log:
            raise PolicyError(f"not signed by a log of the policy under its name {checkpoint.origin}")
        cosigned = self._cosigned(verified)
        if self.quorum not in self._reached(cosigned):
            raise PolicyError(f"the quorum {self.quorum!r} is not met: cosigned by {sorted(cosigned) or 'no witness'}")
        return Trusted(checkpoint, by_log, cosigned)

    def _cosigned(self, verified: Iterable[Verified]) -> dict[str, int]:
        names = {verifier: name for name, verifier in self.witnesses.items()}
        return {names[one.verifier]: one.at for one in verified if one.verifier in names and one.at is not None}

    def _reached(self, cosigned: Iterable[str]) -> set[str]:
        """Names of the witnesses and groups that witnessed; groups stand after their members."""
        reached = {NONE, *cosigned}
        for name, group in self.groups.items():
            if sum(member in reached for member in group.members) >= group.threshold:
                reached.add(name)
        return reached


def write_policy(logs: Iterable[str], witnesses: Mapping[str, str] | None = None, threshold: int | None = None) -> str:
    """The text of a flat policy: log vkeys, named witness vkeys, and how many of these must have cosigned.

    `threshold` None means all of them. Raises `PolicyError` when that would be no valid policy.
    """
    witnesses = witnesses or {}
    lines = [f"log {vkey}" for vkey in logs]
    lines += [f"witness {name} {vkey}" for name, vkey in witnesses.items()]
    if witnesses and threshold != 0:
        lines += [f"group witnesses {'all' if threshold is None else threshold} {' '.join(witnesses)}"]
        lines += ["quorum witnesses"]
    elif threshold:
        raise PolicyError(f"{threshold} cosignatures of no witness")
    else:
        lines += [f"quorum {NONE}"]
    text = "".join(f"{line}\n" for line in lines)
    Policy.parse(text)
    return text


def _lines(text: str | bytes) -> list[str]:
    """Lines of a policy, names kept as octets by surrogate escapes."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    if _FORBIDDEN.search(data):
        raise PolicyError("policy: control characters other than tab and newline are not allowed")
    if data and not data.endswith(b"\n"):
        raise PolicyError("policy: the last line does not end with a newline: cut short?")
    return data.decode("utf-8", "surrogateescape").split("\n")[:-1]


class _Reader:
    """Reads a policy line by line: a name must be defined before it is used."""

    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.urls: dict[str, str] = {}
        self._members: set[str] = set()

    def read(self, line: str) -> None:
        words = _BLANKS.split(line.strip(" \t"))
        match words:
            case [first, *_] if not first or first.startswith("#"):
                return
            case ["log", vkey]:
                self._add_log(vkey)
            case ["log", vkey, url]:
                self._add_log(vkey)
                self.urls[vkey] = url
            case ["witness", name, vkey]:
                self._add_witness(name, vkey)
            case ["witness", name, vkey, url]:
                self._add_witness(name, vkey)
                self.urls[vkey] = url
            case ["group", name, threshold, *members]:
                self._add_group(name, threshold, members)
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise PolicyError(f"not a policy line: {line.strip()[:60]!r}")

    def _add_log(self, vkey: str) -> None:
        log = Verifier.parse(vkey)
        if any(other.public_key == log.public_key for other in self.logs):
            raise PolicyError(f"the key of log {log.name} is listed twice")
        self.logs.append(log)

    def _add_witness(self, name: str, vkey: str) -> None:
        self._define(name)
        witness = Verifier.parse(vkey)
        if witness.key_type != COSIGNATURE:
            raise PolicyError(f"the key of witness {name} is not of type 0x04")
        if any(other.public_key == witness.public_key for other in self.witnesses.values()):
            raise PolicyError(f"the key of witness {name} is listed twice")
        self.witnesses[name] = witness

    def _add_group(self, name: str, threshold: str, members: list[str]) -> None:
        self._define(name)
        for member in members:
            self._require(member)
            if member in self._members:
                raise PolicyError(f"{member} is a member of a group already")
            self._members.add(member)
        self.groups[name] = Group(_threshold(threshold, len(members)), tuple(members))

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyError("a second quorum line")
        if name != NONE:
            self._require(name)
        self.quorum = name

    def _define(self, name: str) -> None:
        if name == NONE or name in self.witnesses or name in self.groups:
            raise PolicyError(f"the name {name} is taken")

    def _require(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise PolicyError(f"{name} is not defined above")


def _threshold(word: str, members: int) -> int:
    if members == 0:
        raise PolicyError("a group without members")
    if word in ("all", "any"):
        return members if word == "all" else 1
    if not _DECIMAL.fullmatch(word) or int(word) > members:
        raise PolicyError(f"{word} of {members} members")
    return int(word)
