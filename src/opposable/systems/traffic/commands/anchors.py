"""`opposable traffic anchor`: the certification authorities that vouch for the certificates of those who ask."""

from __future__ import annotations

import argparse
from pathlib import Path

from opposable.kernel import actors
from opposable.law import Refused, t
from opposable.law.terminal import words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.armour import certificate_pem, list_pem
from opposable.systems.traffic.models import Anchor

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "anchor",
        help=words(
            "les autorités qui répondent des certificats : list, trust, end, crl",
            "the authorities that vouch for certificates: list, trust, end, crl",
        ),
    )
    steps = found.add_subparsers(dest="step", required=True)
    steps.add_parser(
        "list", help=words("celles du dossier, et depuis quand", "those on file, and since when")
    ).set_defaults(run=_list)
    trust = steps.add_parser(
        "trust", help=words("reconnaître une autorité à partir d’aujourd’hui", "trust an authority from today on")
    )
    trust.add_argument("file", type=Path, help=words("son certificat, en PEM ou DER", "its certificate, in PEM or DER"))
    trust.add_argument("--title", required=True, help=words("qui elle est", "who it is"))
    trust.set_defaults(run=_trust)
    end = steps.add_parser(
        "end", help=words("ne plus la reconnaître, à partir d’aujourd’hui", "trust it no more, from today on")
    )
    end.add_argument(
        "anchor", help=words("les premiers caractères de son empreinte", "the first characters of its digest")
    )
    end.set_defaults(run=_end)
    crl = steps.add_parser(
        "crl", help=words("fournir la liste de ce qu’elle a révoqué", "supply the list of what it revoked")
    )
    crl.add_argument(
        "anchor", help=words("les premiers caractères de son empreinte", "the first characters of its digest")
    )
    crl.add_argument("file", type=Path, help=words("la liste, en PEM ou DER", "the list, in PEM or DER"))
    crl.add_argument(
        "--issuer",
        type=Path,
        help=words(
            "le certificat (PEM) de l’autorité intermédiaire qui l’a signée, et ce qui l’y relie",
            "the certificate (PEM) of an authority below that signed it, and what links it",
        ),
    )
    crl.set_defaults(run=_crl)


def _list(_given: argparse.Namespace) -> int:
    for one in Anchor.objects.order_by("pk"):
        end = words(f", jusqu’au {one.until}", f", until {one.until}") if one.until else ""
        since = words(f"depuis le {one.since}", f"since {one.since}")
        crl = words(", avec une liste de révocation", ", with a revocation list") if one.crl else ""
        print(f"{one.sha256[:12]}  {one.title}  {since}{end}{crl}")
        for each in one.below.order_by("pk"):
            said = words("avec une liste de révocation", "with a revocation list")
            print(f"  {each.sha256[:12]}  {each.title}, {said}")
    return 0


def _trust(given: argparse.Namespace) -> int:
    made = acts.trust(CONSOLE, title=given.title, certificate=certificate_pem(given.file.read_bytes())).result
    name = made.sha256[:12]
    print(
        words(
            f"{name} est reconnue à partir du {made.since} : {made.title}",
            f"{name} is trusted from {made.since} on: {made.title}",
        )
    )
    return 0


def _end(given: argparse.Namespace) -> int:
    made = acts.end_trust(CONSOLE, anchor=_one(given)).result
    print(made.sha256[:12] + words(" n’est plus reconnue", " is trusted no more"))
    return 0


def _crl(given: argparse.Namespace) -> int:
    issuer = certificate_pem(given.issuer.read_bytes()) if given.issuer else ""
    crl = list_pem(given.file.read_bytes())
    made = acts.supply_revocations(CONSOLE, anchor=_one(given), crl=crl, issuer=issuer).result
    print(made.sha256[:12] + words(" : sa liste de révocation est au dossier", ": its revocation list is on file"))
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
