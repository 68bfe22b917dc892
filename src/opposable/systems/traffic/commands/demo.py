"""`opposable traffic demo`: thirty days of a small operator, a requisition to answer, and a day that is gone with its proof."""

from __future__ import annotations

import argparse
import io
import random
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

from opposable.kernel import accounts, actors, clock
from opposable.kernel.models import Account
from opposable.law import PARIS, Text, t
from opposable.law.terminal import say, words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.erasing import erase_due
from opposable.systems.traffic.commands import demo_data
from opposable.systems.traffic.commands.replay import Recording, recordings
from opposable.systems.traffic.exchange.identities import import_file
from opposable.systems.traffic.exchange.ingest import ingest
from opposable.systems.traffic.models import Segment, Source
from opposable.systems.traffic.store import reading

CONSOLE = actors.system("console")
DAYS = 30
PEOPLE = {
    "greffe": ("Nora Benali", "traffic.registrar"),
    "juriste": ("Hugo Lambert", "traffic.legal-approver"),
    "surete": ("Inès Morel", "traffic.security-approver"),
    "exploitant": ("Théo Girard", "traffic.operator"),
    "audit": ("Sarah Weiss", "traffic.auditor"),
}
DOMAIN = "arsenal-telecom.example"
MADE = "Écrit par la démonstration dans la forme publiée : "
SOURCES: dict[str, tuple[str, str, str, str]] = {
    "cgn1": (
        "CGNAT 1, blocs de ports",
        "syslog",
        "Europe/Paris",
        MADE + "aucun boîtier de ce constructeur n’était à portée.",
    ),
    "pbx": ("Commutateur téléphonique", "asterisk", "Europe/Paris", MADE + "Debian 12 n’a pas de paquet d’Asterisk."),
}
"""What is made here, and why: title, format, zone, note."""
RECORDED = {
    "aaa": ("Serveur RADIUS", "chaque début et fin de connexion envoyé par radclient"),
    "nat2": (
        "NAT 2, sessions",
        "de vraies connexions par une règle snat ; chacune finie par conntrack -D, l’horloge du noyau ne s’avançant pas",
    ),
    "dhcp": ("Réseau des boutiques, baux DHCP", "chaque bail demandé par udhcpc"),
    "mx": ("Relais de courrier", "chaque message remis par SMTP"),
}
"""What real producers wrote: title, and how they were made to."""
Say = Callable[[Text], None]


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = verbs.add_parser(
        "demo",
        help=words(
            "trente jours d’un petit opérateur, dans cette installation, pour essayer",
            "thirty days of a small operator, in this installation, to try things out",
        ),
    )
    demo.set_defaults(run=_demo)


def _demo(given: argparse.Namespace) -> int:
    if Source.objects.exists():
        raise argparse.ArgumentTypeError(
            words(
                "il y a déjà des sources ici : choisissez une installation vide, par --home",
                "there are sources here already: choose an empty installation, with --home",
            )
        )
    *_, note = play(lambda line: print(f"· {say(line)}", file=sys.stderr, flush=True))
    print(note)
    return 0


def play(tell: Say) -> Iterator[str]:
    """`System.demo`: first a day of last year, then all that is of now, and what to tell whoever comes to look."""
    today = clock.now().astimezone(PARIS).date()
    _old_day(today)
    yield ""
    started = time.monotonic()
    passwords = _people()
    days = [today - timedelta(days=number) for number in range(DAYS, 0, -1)]
    kept, refused = 0, 0
    for slug, data, name in _files(days, today):
        outcome = _take(slug, data, name)
        kept += outcome.counts["kept"]
        refused += outcome.counts["unlawful"]
    _contracts()
    erased = "; ".join(erase_due())
    segments, seconds = Segment.objects.there().count(), f"{time.monotonic() - started:.0f} s"
    case = _requisition(today)
    tell(
        t(
            f"connexion : {kept} lignes en {segments} segments, {refused} refusées faute d’injonction ({seconds})"
            f" ; {erased or 'rien à effacer'}",
            f"traffic: {kept} rows in {segments} segments, {refused} refused for want of an injunction ({seconds});"
            f" {erased or 'nothing to erase'}",
        )
    )
    yield _note(passwords, case, today)


def _people() -> dict[str, str]:
    passwords = {}
    for name, (label, role) in PEOPLE.items():
        passwords[name] = "-".join(secrets.token_hex(2) for _ in range(4))
        account = accounts.open_account(CONSOLE, email=f"{name}@{DOMAIN}", name=label, password=passwords[name]).result
        accounts.give(CONSOLE, account=account, role=role, cell=accounts.root())
    return passwords


def _old_day(today: date) -> None:
    """A day a year and a week ago, taken in then: it is over now."""
    day = today - timedelta(days=372)
    with clock.frozen(datetime(day.year, day.month, day.day, 12, tzinfo=PARIS) + timedelta(days=1)):
        for slug, (title, form, zone, note) in SOURCES.items():
            acts.declare_source(CONSOLE, slug=slug, title=title, format=form, zone=zone, note=note)
        for slug, one in recordings().items():
            days = (today - timedelta(days=1) - one.last).days
            acts.declare_source(
                CONSOLE, slug=slug, title=RECORDED[slug][0], format=one.format, zone="UTC", note=_provenance(one, days)
            )
        _take("cgn1", "".join(demo_data.blocks([day])).encode(), f"cgn1-{day}")


def _provenance(one: Recording, days: int) -> str:
    moved = f"dates déplacées de {days} jours" if days else "dates inchangées"
    return f"Enregistré de {one.producer} le {one.recorded}, sous une horloge avancée ({RECORDED[one.source][1]}) ; {moved}."


def _files(days: list[date], today: date) -> Iterable[tuple[str, bytes, str]]:
    """(source, what it brings, under which name): recordings first, then what is made."""
    for slug, one in recordings().items():
        data, moved = one.moved(today - timedelta(days=1))
        yield slug, data, one.file.removesuffix(".xz") + (f" {moved:+} j" if moved else "")
    draw = random.Random(20260901)  # noqa: S311 - the same story each time
    earlier = [today - timedelta(days=number) for number in range(DAYS + 10, DAYS, -1)]
    longer = [*earlier, *days]
    for slug, of, lines in (("cgn1", days, demo_data.blocks(days)), ("pbx", longer, demo_data.calls(longer, draw))):
        yield slug, "".join(lines).encode(), f"{slug}-{of[0]}-{of[-1]}"


def _take(slug: str, data: bytes, name: str) -> Any:
    source = Source.objects.get(slug=slug)
    return ingest(CONSOLE, source, io.BytesIO(data), name=name, digest=sha256(data).hexdigest(), size=len(data))


def _contracts() -> None:
    with TemporaryDirectory(dir=settings.HOME / "run") as folder:
        path = Path(folder) / "contracts.csv"
        path.write_text("".join(demo_data.contracts()))
        import_file(CONSOLE, path)


def _somebody(at: datetime) -> int:
    """A subscriber who was connected then: the CGNAT names nobody, and the RADIUS server knows who held the inside address."""
    return next(
        number
        for number in range(demo_data.SUBSCRIBERS)
        if reading.find_address(ip_address(demo_data.inside(number)), None, at).rows
    )


def _requisition(today: date) -> Any:
    """An investigating judge asks who had an address and a port last week. The desk has registered it, and no more."""
    day = today - timedelta(days=8)
    at = datetime(day.year, day.month, day.day, 21, 7, 33, tzinfo=PARIS)
    public, first = demo_data.lent(_somebody(at), day)
    people = {name: Account.objects.get(email=f"{name}@{DOMAIN}") for name in ("greffe", "juriste", "surete")}
    return acts.register(
        people["greffe"].actor,
        authority="Tribunal judiciaire de Lyon, cabinet 3",
        organisation="TJ-LYON-3",
        requester="judge",
        person="Mme Élise Favre",
        reference=f"PV {today.year}/4471",
        basis="instruction",
        dated_on=today - timedelta(days=1),
        received_at=clock.now() - timedelta(hours=2),
        categories=["identity", "source"],
        selectors=[{"kind": "address", "ip": public, "port": str(first + 77), "at": at.isoformat(), "tolerance": "1"}],
        since=at - timedelta(minutes=5),
        until=at + timedelta(minutes=5),
        offence="escroquerie en bande organisée",
        offence_months=120,
        certificate=_court(),
        legal_approver=people["juriste"].uid,
        security_approver=people["surete"].uid,
    ).result


def _court() -> str:
    """A certificate for the court of the story; its private key lies beside the bundles, so that the answer can be opened."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    from opposable.kernel.keys.files import write_private

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tribunal judiciaire de Lyon (démonstration)")])
    now = clock.now()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365)).sign(key, SHA256())
    )  # fmt: skip
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(settings.HOME / "bundles" / "tribunal.pem", private + made.public_bytes(Encoding.PEM))
    pem = made.public_bytes(Encoding.PEM).decode()
    acts.trust(CONSOLE, title="Tribunal judiciaire de Lyon (démonstration)", certificate=pem)
    return pem


def _note(passwords: dict[str, str], case: Any, today: date) -> str:
    gone = today - timedelta(days=372)
    lines = [
        "Données de connexion / connection data  (Arsenal Télécom)",
        f"Réquisitions   {settings.CONFIG.url}/traffic/   ({case.code})",
        *(f"  {name}@{DOMAIN}    {password}    {PEOPLE[name][0]}" for name, password in passwords.items()),
        f"  clé du tribunal pour ouvrir la réponse / key of the court to open the answer: {settings.HOME / 'bundles' / 'tribunal.pem'}",
        f"  le {gone} est effacé / {gone} is erased:   opposable traffic day {gone}",
        "",
    ]
    return "\n".join(lines)
