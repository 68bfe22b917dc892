"""«Quorum»: who is there, in what capacity, at the instant of a vote, and whether that is enough for the body.

Quorum is counted in shares that have the right to vote, never in votes: a double vote weighs once.
"""

from opposable.systems.assembly.rules.quorum.decision import IDS, RULES, Quorum, excluded_of, fraction_of, quorum
from opposable.systems.assembly.rules.quorum.presence import (
    CHAIR,
    NO_VOICE,
    Attendance,
    Capacity,
    Hall,
    Presence,
    in_person,
    presence,
    there,
    votes_in_room,
)

__all__ = [
    "CHAIR",
    "IDS",
    "NO_VOICE",
    "RULES",
    "Attendance",
    "Capacity",
    "Hall",
    "Presence",
    "Quorum",
    "excluded_of",
    "fraction_of",
    "in_person",
    "presence",
    "quorum",
    "there",
    "votes_in_room",
]
