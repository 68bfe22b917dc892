"""«Grappe». The reader as tasks on other machines: the same function over the same files, one task a segment, by Ray.

    [traffic]                       opposable.toml
    cluster = "10.0.0.1:6379"       without it everything is read here

What a worker needs is the software and the storage: the shared folder at the same path, or the bucket. Keys of a day go with the
task and are kept nowhere. A worker that dies is replaced by another (its task is done again); when none is left the question fails,
whole: there is no partial answer.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from django.conf import settings

from opposable.kernel.faults import Fault
from opposable.law import t
from opposable.systems.traffic.store import objects, segments
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.rows import FAMILIES

if TYPE_CHECKING:
    from opposable.systems.traffic.store.keys import SegmentKeys
    from opposable.systems.traffic.store.places import Place
    from opposable.systems.traffic.store.proof import RowProof
    from opposable.systems.traffic.store.rows import Family

WIDTH = 64
"""Questions to segments under way at a time: what does not find a free worker waits in the cluster."""
RETRIES = 5
"""How often a task is begun again when the worker that had it died."""
LOOK_SECONDS = 2.0
PATIENCE = 300
"""Rounds of LOOK_SECONDS after which a task that no worker took is given up."""
_lock = threading.Lock()


class ClusterFault(Fault):
    """The cluster cannot answer. Not a missing segment: the question as a whole has no answer."""


def address() -> str:
    """The cluster of the installation; empty where segments are read here."""
    given = settings.CONFIG.extra.get("traffic")
    return str(given.get("cluster", "")) if isinstance(given, dict) else ""


def processors() -> int:
    """How many tasks the cluster runs at a time now. Raises ClusterFault when it cannot be joined."""
    return int(_joined(address())[0].cluster_resources().get("CPU", 0))


def select(
    family: Family, place: Place, keys: SegmentKeys, what: str, where: str, values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """`segments.select`, here or on a worker: all its rows. Raises duckdb.Error, StoreFault, ClusterFault."""
    if not address():
        rows: list[tuple[Any, ...]] = segments.select(family, place, keys, what, where, values).fetchall()
        return rows
    found: list[tuple[Any, ...]] = _told(
        place, _remote(_select)(family.name, str(place), keys, what, where, list(values))
    )
    return found


def prove(
    family: Family, place: Place, keys: SegmentKeys, uid: str, size: int, positions: Sequence[int]
) -> list[RowProof]:
    """`segments.prove`, here or on a worker."""
    if not address():
        return segments.prove(family, place, keys, uid, size, positions)
    made: list[RowProof] = _told(place, _remote(_prove)(family.name, str(place), keys, uid, size, list(positions)))
    return made


# --- on the worker ---------------------------------------------------------------------------------------------------


def _select(
    family: str, url: str, keys: SegmentKeys, what: str, where: str, values: list[Any]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = segments.select(FAMILIES[family], url, keys, what, where, values).fetchall()
    return rows


def _prove(family: str, url: str, keys: SegmentKeys, uid: str, size: int, positions: list[int]) -> list[RowProof]:
    return segments.prove(FAMILIES[family], _place(url), keys, uid, size, positions)


def _place(url: str) -> Place:
    if not url.startswith("s3://"):
        return Path(url)
    if (of := objects.bucket()) is None:
        raise StoreFault(
            t(
                "L’opposable.toml de cet ouvrier ne nomme aucun seau.",
                "The opposable.toml of this worker names no bucket.",
            )
        )
    return objects.Remote(of, url.removeprefix(f"s3://{of.name}/"))


TASKS: dict[str, Callable[..., Any]] = {"_select": _select, "_prove": _prove}


def work(name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    """What a worker runs. Errors come back as words: not every one of them passes from process to process as itself."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
    try:
        return "done", TASKS[name](*arguments)
    except (FileNotFoundError, duckdb.IOException) as error:
        url = next(one for one in arguments if isinstance(one, str) and "/" in one)
        unseen = not url.startswith("s3://") and not Path(url).exists()
        return ("unseen", "") if unseen else ("IOException", str(error))
    except duckdb.Error as error:
        return type(error).__name__, str(error)
    except StoreFault as fault:
        return "fault", fault.text


# --- on this machine -------------------------------------------------------------------------------------------------


def _told(place: Place, said: tuple[str, Any]) -> Any:
    how, what = said
    if how == "done":
        return what
    if how == "fault":
        raise StoreFault(what)
    if how == "unseen":
        if not place.exists():
            raise FileNotFoundError(str(place))
        raise ClusterFault(
            t(
                "Un ouvrier ne voit pas {p} : montez le dossier partagé au même endroit sur chacun.",
                "A worker does not see {p}: mount the shared folder at the same place on each.",
            ).format(p=place)
        )
    raise getattr(duckdb, how, duckdb.Error)(what)


def _remote(function: Any) -> Any:
    """The function, run by whichever worker is free, and waited for."""
    ray, task = _joined(address())
    name = function.__name__

    def run(*arguments: Any) -> Any:
        reference = task.remote(name, arguments)
        for _ in range(PATIENCE):
            ready, _ = ray.wait([reference], timeout=LOOK_SECONDS)
            if ready:
                break
            if not ray.cluster_resources().get("CPU"):
                break
        try:
            return ray.get(reference, timeout=0)
        except ray.exceptions.RayError as error:
            ray.cancel(reference, force=True)
            raise ClusterFault(
                t(
                    "Aucun ouvrier de la grappe n’a répondu ({why}) : la question n’a pas de réponse, recommencez quand il y en a.",
                    "No worker of the cluster answered ({why}): the question has no answer, try again when there is one.",
                ).format(why=type(error).__name__)
            ) from error

    return run


@functools.cache
def _join(where: str) -> tuple[Any, Any]:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ClusterFault(
            t(
                "La grappe demande Ray : pip install opposable[cluster].",
                "The cluster needs Ray: pip install opposable[cluster].",
            )
        ) from error
    try:
        ray.init(address=where, log_to_driver=False, logging_level="error", namespace="opposable")
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        raise ClusterFault(
            t(
                "La grappe {a} ne se joint pas ({why}) : lancez-y `ray start`, ici aussi.",
                "The cluster {a} cannot be joined ({why}): run `ray start` there, and here.",
            ).format(a=where, why=str(error).splitlines()[0] if str(error) else type(error).__name__)
        ) from error
    return ray, ray.remote(num_cpus=1, max_retries=RETRIES)(work)


def _joined(where: str) -> tuple[Any, Any]:
    with _lock:
        return _join(where)
