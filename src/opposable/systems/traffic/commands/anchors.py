"""`opposable traffic anchor`: the certification authorities that vouch for the certificates of those who ask."""

from __future__ import annotations

import argparse
from pathlib import Path

from opposable.kernel import actors
from opposable.law import Refused, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.answer.armour import certificate_pem, list_pem
from opposable.systems.traffic.models import Anchor

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser("anchor", help="the authorities that vouch for certificates: list, trust, end, crl")
    steps = found.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help="those on file, and since when").set_defaults(run=_list)
    trust = steps.add_parser("trust", help="trust an authority from today on")
    trust.add_argument("file", type=Path, help="its certificate, in PEM or DER")
    trust.add_argument("--title", required=True, help="who it is")
    trust.set_defaults(run=_trust)
    end = steps.add_parser("end", help="trust it no more, from today on")
    end.add_argument("anchor", help="the first characters of its digest")
    end.set_defaults(run=_end)
    crl = steps.add_parser("crl", help="supply the list of what it revoked")
    crl.add_argument("anchor", help="the first characters of its digest")
    crl.add_argument("file", type=Path, help="the list, in PEM or DER")
    crl.add_argument(
        "--issuer", type=Path, help="the certificate (PEM) of an authority below that signed it, and what links it"
    )
    crl.set_defaults(run=_crl)


def _list(_given: argparse.Namespace) -> int:
    for one in Anchor.objects.order_by("pk"):
        end = f", until {one.until}" if one.until else ""
        print(f"{one.sha256[:12]}  {one.title}  since {one.since}{end}{', with a revocation list' if one.crl else ''}")
        for each in one.below.order_by("pk"):
            print(f"  {each.sha256[:12]}  {each.title}, with a revocation list")
    return 0


def _trust(given: argparse.Namespace) -> int:
    made = acts.trust(CONSOLE, title=given.title, certificate=certificate_pem(given.file.read_bytes())).result
    print(f"{made.sha256[:12]} is trusted from {made.since} on: {made.title}")
    return 0


def _end(given: argparse.Namespace) -> int:
    made = acts.end_trust(CONSOLE, anchor=_one(given)).result
    print(f"{made.sha256[:12]} is trusted no more")
    return 0


def _crl(given: argparse.Namespace) -> int:
    issuer = certificate_pem(given.issuer.read_bytes()) if given.issuer else ""
    crl = list_pem(given.file.read_bytes())
    made = acts.supply_revocations(CONSOLE, anchor=_one(given), crl=crl, issuer=issuer).result
    print(f"{made.sha256[:12]}: its revocation list is on file")
    return 0


def _one(given: argparse.Namespace) -> Anchor:
    found = list(Anchor.objects.filter(until=None, sha256__startswith=given.anchor)[:2])
    if len(found) != 1:
        raise Refused(
            t(
                "Aucune autorité reconnue ne porte ce nom, ou plus d’une.",
                "No trusted authority has this name, or several.",
            ),
            None,
            "anchor.unknown",
        )
    return found[0]
