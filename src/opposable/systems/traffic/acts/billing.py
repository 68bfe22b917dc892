"""«Mémoire de frais»: what the State owes, at the tariff in force on the date of the requisition. Refused rather than guessed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.documents import issue
from opposable.law import Refused, local_day, t
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.papers import INVOICE, case_block, operator, paper
from opposable.systems.traffic.acts.querying import read_of
from opposable.systems.traffic.models import Invoice, Query, Requisition
from opposable.systems.traffic.models.requisition import KEEP
from opposable.systems.traffic.rules.tariff import BULK, SERVICES, Service, price


@act("traffic.invoice.issue", label=t("Établir le mémoire de frais", "Issue the statement of costs"), secret=True)
def invoice(a: Acting, *, requisition: Requisition) -> Invoice:
    """Price what was answered. Refused when a line has no confirmed amount, or is on quote: then nothing is invoiced."""
    a.require("write", requisition)
    still(requisition, "answered", "delivered", "acknowledged")
    if Invoice.objects.filter(requisition=requisition).exists():
        raise Refused(t("Le mémoire est déjà établi.", "The statement is issued already."), None, "invoice.once")
    services = services_of(requisition)
    if not services:
        raise Refused(
            t("Rien n’a été remis : rien n’est facturé.", "Nothing was handed over: nothing is invoiced."),
            None,
            "invoice.nothing",
        )
    priced = price(a.statutes, requisition.dated_on, services)
    a.why(priced)
    row = Invoice(
        cell=requisition.cell,
        requisition=requisition,
        made_at=a.now,
        lines=[line.as_data() for line in priced.value.lines],
        cents=priced.value.cents,
    )
    document = issue(
        a, requisition, paper("traffic.invoice", INVOICE, "invoice", KEEP), _data(requisition, row, priced)
    )
    row.document = document.uid
    a.record(row)
    return row


def services_of(case: Requisition) -> tuple[Service, ...]:
    """What the tariffs call what was done: identifications by number or address, traffic by number and period, cells by hours."""
    done: Counter[str] = Counter()
    for query in read_of(case):
        done[_service(query, case)] += _units(query)
    if case.electronic and done["identity-number"] >= BULK:
        done["identity-number-bulk"] = done.pop("identity-number")
    since, last = case.days
    hours = -(-int((case.until - case.since).total_seconds()) // 3600)
    return tuple(
        Service(name, case.network, count, since, last, hours, case.channel)
        for name, count in sorted(done.items())
        if name and count
    )


def _service(query: Query, case: Requisition) -> str:
    kind, located = query.selector["kind"], "location" in case.answered_categories
    if query.store == "identity":
        return {"address": "identity-ip", "number": "identity-number"}.get(
            query.selector.get("by", ""), "identity-account"
        )
    if kind == "address":
        return "identity-ip"
    if kind == "number":
        return "traffic-cells" if located else "traffic"
    return "cell-window" if kind == "cell" else "identity-account"


def _units(query: Query) -> int:
    """An identity that followed from an address is paid with the address."""
    return 0 if query.store == "identity" and query.selector.get("by") == "address" else 1


def _data(case: Requisition, row: Invoice, priced: Any) -> dict[str, Any]:
    rule = priced.rule
    return {
        "operator": operator(),
        "case": case_block(case),
        "lines": [
            {**line, "label": SERVICES[line["service"]].fr, "how": line["how"]["fr"], "code": line["code"] or "—"}
            for line in row.lines
        ],
        "cents": row.cents,
        "rule": {
            "cite": list(rule.cite),
            "label": rule.label.fr,
            "status": "confirmed" if rule.confirmed else "unconfirmed",
        },
        "day": local_day(row.made_at).isoformat(),
    }
