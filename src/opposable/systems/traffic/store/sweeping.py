"""What crashes left in the store goes. Apart from the taking in of files, so that `opposable tick` need not load its libraries."""

from __future__ import annotations

from opposable.kernel import restore
from opposable.systems.traffic.store import places


def sweep(age: float = 86_400) -> list[places.Place]:
    """Remove what crashes left: drafts, and segments without an act, that nobody has touched for ``age`` seconds.

    Nothing at all on a database that is older than the log: the act may be among those that it lacks.
    """
    gone: list[places.Place] = []
    if restore.missing():
        return gone
    for place, since in places.strangers():
        if since >= age:
            places.erase(place)
            gone.append(place)
    return gone
