"""Formats by their names, as a source declares them."""

from __future__ import annotations

from opposable.kernel.faults import Fault
from opposable.law import Text, t
from opposable.systems.traffic.exchange.blocks import Format
from opposable.systems.traffic.exchange.csv_file import read_csv

FORMATS: dict[str, tuple[Text, Format]] = {
    "csv": (t("CSV, avec une correspondance de colonnes", "CSV, with a mapping of columns"), read_csv),
}


class FormatFault(Fault):
    """A format that is not known here."""


def reader(name: str) -> Format:
    """The function that reads a format. Raises FormatFault."""
    if name not in FORMATS:
        raise FormatFault(
            t(
                "Le format « {f} » n’est pas connu ; les formats : {all}.",
                "The format “{f}” is not known; there are: {all}.",
            ).format(f=name, all=", ".join(FORMATS))
        )
    return FORMATS[name][1]
