"""«Critères, un par ligne». A list as it stands in an annex or a spreadsheet: what each line asks, in the shape of a selector.

    192.0.2.7 4021 2026-03-14T21:07:33 ±2           an address: port, instant (of Paris, unless it says its offset), doubt in seconds
    192.0.2.7 ; 4021 ; 14/03/2026 21:07:33          the same from cells; a tabulator separates as well as a semicolon
    +33 6 12 34 56 78                               a number
    abonné ; ab0042                                 anything else says its kind first

Whether a selector is one is for `selecting` to say: here a line is only taken apart.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address

from opposable.law import Refused, t
from opposable.systems.traffic.rules.selecting import MOST, Kind

WORDS: Mapping[str, Kind] = {
    "adresse": "address", "address": "address", "ip": "address", "abonné": "subscriber", "abonne": "subscriber",
    "subscriber": "subscriber", "numéro": "number", "numero": "number", "number": "number", "imsi": "number", "imei": "number",
    "cellule": "cell", "cell": "cell", "messagerie": "mailbox", "mailbox": "mailbox",
}  # fmt: skip
_CELLS = re.compile(r"\s*[;\t]\s*")
_NUMBER = re.compile(r"[+\d][\d .()/-]{5,}")
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})[ T]+(\d\d:\d\d(?::\d\d)?)")
_TOLERANCE = re.compile(r"\s*(?:±|\+/?-)\s*(\d+)\s*s?\s*$")
_PORT = re.compile(r"(?:port\s*)?(\d{1,5}|-)(?=\s|$)", re.IGNORECASE)


def pasted(text: str) -> list[dict[str, str]]:
    """The selectors of the lines that are not empty. Raises Refused with the number of the line that is none."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST:
        raise Refused(t("Donnez {n} lignes au plus.", "Give {n} lines at most.").format(n=MOST), None, "selector.wrong")
    return [_line(number, line) for number, line in lines]


def _line(number: int, line: str) -> dict[str, str]:
    head, *cells = _CELLS.split(line)
    kind = WORDS.get(head.lower()) if cells else None
    if kind:
        head, *cells = cells
    if kind == "address" or (kind is None and _is_address(head.partition(" ")[0])):
        return _address(head, cells)
    if kind is None and not cells and _NUMBER.fullmatch(head):
        kind = "number"
    if kind is None:
        raise Refused(
            t(
                "Ligne {n} : commencez par une adresse IP, un numéro, ou le genre suivi d’un point-virgule (abonné ; ab0042).",
                "Line {n}: begin with an IP address, a number, or the kind and a semicolon (subscriber ; ab0042).",
            ).format(n=number),
            None,
            "selector.wrong",
            facts={"line": number},
        )
    return {"kind": kind, kind: " ".join([head, *filter(None, cells)])}


def _address(head: str, cells: list[str]) -> dict[str, str]:
    """Port, instant and doubt, in cells or behind one another."""
    if cells:
        port, at, doubt, *_ = [*cells, "", "", ""]
        return _selector(head, port.removeprefix("-"), at, doubt)
    ip, _, rest = head.partition(" ")
    told = _TOLERANCE.search(rest)
    rest = rest[: told.start()].strip() if told else rest.strip()
    found = _PORT.match(rest)
    at = rest[found.end() :] if found else rest
    return _selector(ip, found[1].removeprefix("-") if found else "", at, told[1] if told else "")


def _selector(ip: str, port: str, at: str, doubt: str) -> dict[str, str]:
    found = _DAY.match(at.strip())
    at = f"{found[3]}-{found[2]}-{found[1]}T{found[4]}{at.strip()[found.end() :]}" if found else at.strip()
    return {"kind": "address", "ip": ip, "port": port, "at": at, "tolerance": doubt.strip("±+-/ s") or "0"}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
