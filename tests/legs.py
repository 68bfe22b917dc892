"""Tests that need a program of the machine: `leg("go")` skips them where it is missing, and the summary says so.

A leg is a name and a probe: the probe gives the reason why the leg cannot run here, or nothing.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

GOPATH = Path(os.environ.get("OPPOSABLE_GOPATH", "/usr/share/gocode"))


def _program(name: str, package: str) -> str:
    return "" if shutil.which(name) else f"no program {name} (Debian: apt install {package})"


def _go() -> str:
    if not (GOPATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return "no Go module golang.org/x/mod/sumdb (Debian: apt install golang-golang-x-mod-dev)"
    return _program("go", "golang-go")


def _pkcs11() -> str:
    if not find_spec("pkcs11"):
        return "no python-pkcs11 (pip install opposable[hsm])"
    if not Path("/usr/lib/softhsm/libsofthsm2.so").exists():
        return "no SoftHSM2 module (Debian: apt install softhsm2)"
    return _program("softhsm2-util", "softhsm2")


OSCAL = Path(os.environ.get("OPPOSABLE_OSCAL", "/opt/opposable-oscal/bin"))


def _oscal() -> str:
    """compliance-trestle and oscal-validate want a newer Python than ours: they live in an environment of their own."""
    missing = [name for name in ("trestle", "oscal-validate") if not (OSCAL / name).exists()]
    if not missing:
        return ""
    return f"no {' nor '.join(missing)} in {OSCAL} (.ci/oscal-env puts them there with Python 3.12 or 3.13; elsewhere: OPPOSABLE_OSCAL)"


CLUSTER = Path(os.environ.get("OPPOSABLE_CLUSTER", "/opt/opposable-cluster"))


def _cluster() -> str:
    """Ray is 260 MB: it lies in a folder of its own, which the test puts on the path of its processes."""
    if not (CLUSTER / "ray").is_dir() and not find_spec("ray"):
        return f"no ray in {CLUSTER} (pip install --target {CLUSTER} 'ray>=2.50,<3'; OPPOSABLE_CLUSTER)"
    return _namespaces()


def _namespaces() -> str:
    if (
        shutil.which("unshare")
        and not subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode
    ):
        return ""
    return "no namespaces (unshare -rn) for a network of its own"


def _dhcp(server: str, package: str, client: tuple[str, str] = ("udhcpc", "udhcpc")) -> str:
    """A DHCP server wants an interface, and a client at the other end: both in a network namespace."""
    tools = _program(*client) or _program("ip", "iproute2") or _program("nsenter", "util-linux")
    return _program(server, package) or tools or _namespaces()


def _postfix() -> str:
    """Its master process changes to other users: it begins as root or not at all."""
    if not Path("/usr/lib/postfix/sbin/master").exists():
        return "no Postfix (Debian: apt install postfix)"
    return "" if os.geteuid() == 0 else "Postfix starts as root only"


def _recorded(*programs: tuple[str, str]) -> str:
    """A real producer under a clock that is moved, in namespaces: what the demonstration was recorded with."""
    library = "" if FAKETIME.exists() else "no libfaketime (Debian: apt install faketime)"
    missing = filter(None, (_program(*one) for one in programs))
    return library or next(missing, "") or ("" if os.geteuid() == 0 else "namespaces of a router want root")


def _router() -> str:
    """A namespace whose kernel translates addresses and tells of it."""
    table = "nft add table ip n && nft add chain ip n p '{ type nat hook postrouting priority 100; }' && conntrack -L"
    call = ["unshare", "-rn", "sh", "-c", table]
    return "" if not subprocess.run(call, check=False, capture_output=True).returncode else "no kernel that translates"


FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
LEGS: dict[str, Callable[[], str]] = {
    "cluster": _cluster,
    "curl": lambda: _program("curl", "curl"),
    "dnsmasq": lambda: _dhcp("dnsmasq", "dnsmasq-base"),
    "freeradius": lambda: _program("freeradius", "freeradius") or _program("radclient", "freeradius-utils"),
    "go": _go,
    "kea": lambda: _dhcp("kea-dhcp4", "kea-dhcp4-server"),
    "kea6": lambda: _dhcp("kea-dhcp6", "kea-dhcp6-server", ("dhclient", "isc-dhcp-client")),
    "nfdump": lambda: _program("nfcapd", "nfdump"),
    "khal": lambda: _program("khal", "khal"),
    "libreoffice": lambda: _program("soffice", "libreoffice-calc-nogui"),
    "openssl": lambda: _program("openssl", "openssl"),
    "oscal": _oscal,
    "pkcs11": _pkcs11,
    "postfix": _postfix,
    "record-dhcp": lambda: LEGS["kea"]() or _recorded(),
    "record-mail": lambda: LEGS["postfix"]() or _recorded(),
    "record-nat": lambda: _recorded(("conntrack", "conntrack"), ("nft", "nftables"), ("ip", "iproute2")) or _router(),
    "record-radius": lambda: LEGS["freeradius"]() or _recorded(),
    "softflowd": lambda: _program("softflowd", "softflowd"),
    "poppler": lambda: _program("pdftotext", "poppler-utils"),
}
_missing: dict[str, str] = {}


def need(name: str) -> None:
    """Skip the test that runs, with the reason, where the leg cannot run."""
    reason = LEGS[name]()
    if reason:
        _missing[name] = reason
        pytest.skip(f"leg {name}: {reason}")


@pytest.fixture(scope="session")
def leg() -> Callable[[str], None]:
    """`need`, for tests; helpers import it."""
    return need


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, reason in sorted(_missing.items()):
        terminalreporter.write_line(f"leg {name} did not run: {reason}", yellow=True)
