"""Formats by their names, as a source declares them."""

from __future__ import annotations

from opposable.kernel.faults import Fault
from opposable.law import Text, t
from opposable.systems.traffic.exchange.blocks import Format
from opposable.systems.traffic.exchange.cdr import read_cdr
from opposable.systems.traffic.exchange.conntrack import read_conntrack
from opposable.systems.traffic.exchange.csv_file import read_csv
from opposable.systems.traffic.exchange.dhcp import read_dnsmasq, read_kea, read_kea_log
from opposable.systems.traffic.exchange.ipfix import read_ipfix
from opposable.systems.traffic.exchange.mail_log import read_postfix
from opposable.systems.traffic.exchange.nfdump import read_nfdump
from opposable.systems.traffic.exchange.radius import read_detail
from opposable.systems.traffic.exchange.syslog import read_syslog
from opposable.systems.traffic.exchange.telephony import read_asterisk

FORMATS: dict[str, tuple[Text, Format]] = {
    "csv": (t("CSV, avec une correspondance de colonnes", "CSV, with a mapping of columns"), read_csv),
    "radius": (t("Fichiers « detail » de FreeRADIUS", "FreeRADIUS “detail” files"), read_detail),
    "ipfix": (
        t("Messages IPFIX ou NetFlow v9, événements NAT", "IPFIX or NetFlow v9 messages, NAT events"),
        read_ipfix,
    ),
    "nfdump": (
        t("Fichiers nfcapd.* de nfdump, événements NAT", "Files nfcapd.* of nfdump, NAT events"),
        read_nfdump,
    ),
    "cdr": (
        t("Tickets 3GPP TS 32.298 (MSC, SGW, PGW) en BER", "3GPP TS 32.298 records (MSC, SGW, PGW) in BER"),
        read_cdr,
    ),
    "syslog": (t("Journal syslog d’un CGNAT", "Syslog of a CGNAT"), read_syslog),
    "conntrack": (
        t(
            "Journal de la traduction d’adresses de Linux (conntrack)",
            "Log of the address translation of Linux (conntrack)",
        ),
        read_conntrack,
    ),
    "asterisk": (t("Tickets d’appel d’Asterisk", "Call records of Asterisk"), read_asterisk),
    "kea": (t("Fichier des baux de Kea", "Lease file of Kea"), read_kea),
    "kea-log": (t("Journal de Kea", "Log of Kea"), read_kea_log),
    "dnsmasq": (t("Journal de dnsmasq", "Log of dnsmasq"), read_dnsmasq),
    "postfix": (t("Journal de Postfix", "Log of Postfix"), read_postfix),
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
