"""The two acts that are measured: a new row, a changed row; each with a part of its own."""

from bench.rows.models import Kept
from opposable.kernel.acts import act
from opposable.law import t


@act("bench.row.make", label=t("Créer une ligne", "Make a row"), api=False)
def make(a, *, cell, values):
    row = Kept(cell=cell, at=a.now, **values)
    a.record(row)
    a.part("asked", values["choices"], keep="kernel.access")
    return row


@act("bench.row.change", label=t("Modifier une ligne", "Change a row"), api=False)
def change(a, *, row, quantity):
    row.quantity = quantity
    row.at = a.now
    a.record(row)
    a.part("asked", {"quantity": quantity}, keep="kernel.access")
    return row


@act("bench.row.make-sealed", label=t("Créer une ligne scellée", "Make a sealed row"), receipt=True, api=False)
def make_sealed(a, *, cell, values):
    row = Kept(cell=cell, at=a.now, **values)
    a.record(row)
    a.part("asked", values["choices"], keep="kernel.access")
    return row
