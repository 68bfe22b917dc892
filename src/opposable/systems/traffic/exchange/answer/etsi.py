"""ETSI TS 102 657 hand-over in XML: our profile of it, one shape for all rows.

Namespace and element paths are those that a reader of real operators' files relies on (telephony: both parties of a call under
``partyInformation``, each with its time; connections: ``nationalTelephonyServiceUsage/internetAccess``). The schema
``retained-data.xsd`` beside this module is ours, of this profile only: conformity to ETSI's own schema was not checked, since no
copy of it was at hand.

Instants are GeneralizedTime in UTC to the second (``20260314200733Z``), as TS 102 657 has them; the exact microsecond stands in
``otherInformation`` and in the CSV.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from opposable.kernel.faults import Fault
from opposable.law import t

NS = "http://uri.etsi.org/02657/v1.28.1#/RetainedData"
COUNTRY = "FR"
SCHEMA = Path(__file__).with_name("retained-data.xsd")
ROLES = {0: "originating-Party", 1: "terminating-Party", 2: "forwarded-to-Party"}
_DIGITS = re.compile(r"\+?[0-9]{2,20}")
_DASHES = re.compile(r"-{2,}|-$")
SMS_ROLES = {0: "smsOriginator", 1: "smsRecipient"}


class AnswerFault(Fault):
    """The answer cannot be made; the sentence says what to do."""


def write(
    header: Mapping[str, str], rows: Sequence[Mapping[str, Any]], status: str, remarks: Sequence[str] = ()
) -> bytes:
    """The message: ``header`` (organisation, number, csp, at), one ResponseRecord a row, ``status`` complete or incomplete.

    ``remarks`` are comments: the hand-over has no place for what its rows do not say, and a reader of it need not know ours.

    Raises AnswerFault when it does not fit the schema: nothing leaves that a reader could misread.
    """
    root = etree.Element(_q("RetainedDataMessage"), nsmap={None: NS})
    _header(root, header)
    response = _add(_add(root, "retainedDataPayload"), "responseMessage")
    for remark in remarks:
        response.append(etree.Comment(f" {_DASHES.sub('-', _plain(remark))} "))
    _add(response, "responseStatus", status)
    _add(response, "numberOfRecords", str(len(rows)))
    payload = _add(response, "responsePayload")
    for number, row in enumerate(rows, 1):
        _record(payload, number, row)
    schema = _schema()
    if not schema.validate(root):
        error = schema.error_log.last_error
        raise AnswerFault(
            t(
                f"La réponse ne tient pas dans son schéma ({error}) : rien n’est émis.",
                f"The answer does not fit its schema ({error}): nothing is issued.",
            )
        )
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return data


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(SCHEMA, etree.XMLParser(no_network=True, resolve_entities=False)))


def _header(root: Any, header: Mapping[str, str]) -> None:
    _add(root, "rdHeaderId", "0.4.0.2.3.0.28")
    place = _add(root, "retainedDataHeader")
    request = _add(place, "requestID")
    _add(request, "countryCode", COUNTRY)
    _add(request, "authorisedOrganisationID", header["organisation"])
    _add(request, "requestNumber", header["number"])
    _add(place, "cSPID", header["csp"])
    _add(place, "timeStamp", stamp(header["at"]))


def _record(payload: Any, number: int, row: Mapping[str, Any]) -> None:
    record = _add(payload, "ResponseRecord")
    _add(record, "recordNumber", str(number))
    usage = _add(_add(_add(record, "recordPayload"), "telephonyRecord"), "telephonyServiceUsage")
    values = row["row"]
    _SHAPES.get(row["family"], _connection)(usage, row["family"], values)
    national = _add(record, "nationalRecordPayload")
    _add(national, "countryCode", COUNTRY)
    _add(_add(national, "typeOfData"), row["family"].replace("_", "-"))
    _add(_add(record, "additionalInformation"), "otherInformation", other_information(values))


def _leg(usage: Any, _family: str, values: Mapping[str, Any]) -> None:
    """The party whose leg it is, with its terminal and place; then the other one, of whom the network says the number."""
    parties = _add(usage, "partyInformation")
    roles = SMS_ROLES if values.get("service") == 1 else ROLES
    role = int(values.get("role", 0))
    party = _party(parties, roles.get(role, roles[0]), values.get("served"))
    for column, name in (("imsi", "iMSI"), ("imei", "iMEI")):
        if _DIGITS.fullmatch(
            str(values.get(column, ""))
        ):  # as another source wrote it, it stands in otherInformation alone
            _add(party, name, values[column])
    _time(_add(party, "communicationTime"), values)
    if values.get("cell"):
        _add(_add(_add(party, "detailedLocation"), "cellInformation"), "userLocationInformation", values["cell"])
    if values.get("other"):
        other = _party(parties, roles[0 if role else 1], values["other"])
        _time(_add(other, "communicationTime"), values)


def _party(parties: Any, role: str, number: str | None) -> Any:
    party = _add(parties, "TelephonyPartyInformation")
    _add(_add(party, "partyRole"), role)
    if number:
        _add(party, "partyNumber", number)
    return party


def _connection(usage: Any, family: str, values: Mapping[str, Any]) -> None:
    party = _add(_add(usage, "partyInformation"), "TelephonyPartyInformation")
    _add(_add(party, "partyType"), "other", values.get("subscriber") or values.get("sender") or "-")
    national = _add(usage, "nationalTelephonyServiceUsage")
    _add(national, "countryCode", COUNTRY)
    access = _add(national, "internetAccess")
    _add(_add(access, "nwAccessType"), family.replace("_", "-"))
    _time(_add(access, "interval"), values)
    if values.get("terminal"):
        _add(access, "naDeviceId", values["terminal"])


def _identity(usage: Any, _family: str, values: Mapping[str, Any]) -> None:
    party = _add(_add(usage, "partyInformation"), "TelephonyPartyInformation")
    _add(_add(party, "partyType"), "other", values.get("names") or values["subscriber"])
    if values.get("phones"):
        _add(party, "partyNumber", values["phones"])


_SHAPES = {"call_leg": _leg, "identity": _identity}


def _time(place: Any, values: Mapping[str, Any]) -> None:
    _add(place, "startTime", stamp(values["start"]))
    _add(place, "endTime", stamp(values["end"]))
    span = datetime.fromisoformat(values["end"]) - datetime.fromisoformat(values["start"])
    _add(place, "durationTime", str(int(values.get("duration") or span.total_seconds())))


def other_information(values: Mapping[str, Any]) -> str:
    """Every column as ``"name"="value"``, separated by semicolons: what a reader gets who knows none of the branches."""
    pairs = ((name, str(value).replace('"', "'").replace(";", ",")) for name, value in values.items())
    return ";".join(f'"{name}"="{value}"' for name, value in pairs if value)


def stamp(at: str) -> str:
    """GeneralizedTime, UTC, to the second."""
    return datetime.fromisoformat(at).strftime("%Y%m%d%H%M%SZ")


def _add(parent: Any, name: str, text: str | None = None) -> Any:
    child = etree.SubElement(parent, _q(name))
    if text is not None:
        child.text = _plain(text)
    return child


def _plain(text: str) -> str:
    return "".join(max(char, " ") for char in text)


def _q(name: str) -> str:
    return f"{{{NS}}}{name}"
