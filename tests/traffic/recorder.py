"""What real producers of Debian write over thirty days of a small operator, recorded for the demonstration.

    python -m tests.traffic.recorder FOLDER [--days 30] [--only radius nat dhcp mail]        as root, some minutes

The programs are the real ones, and so are their clients; only their clock is ours (libfaketime), moved from one event of the
plan to the next. Each recording is compressed beside a manifest that says who wrote it, how, when, and its digest.
The kernel's clock cannot be moved: a translation ends when it is taken out of the kernel's table (``conntrack -D``).
"""

import argparse
import hashlib
import json
import lzma
import os
import random
import signal
import smtplib
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from opposable.systems.traffic.commands import demo_data
from tests.traffic import daemons, producers

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
SECONDS = 60
DAYS = 30


class Clock:
    """The time that the programs see: an offset in a file, which libfaketime reads at each call."""

    def __init__(self, folder):
        self.file = Path(folder) / "clock"

    def at(self, moment):
        draft = self.file.with_suffix(".new")
        draft.write_text(f"{moment.timestamp() - time.time():+.6f}\n")
        draft.chmod(0o644)
        draft.replace(self.file)

    @property
    def env(self):
        return {
            "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC",
        }  # fmt: skip


@dataclass(frozen=True)
class Recorder:
    """One producer: the source it stands for, the file, whose it is, and how it is made."""

    source: str
    file: str
    format: str
    packages: tuple[str, ...]
    how: str
    run: object


def _moment(day, hour, seconds):
    return datetime(day.year, day.month, day.day, hour, tzinfo=demo_data.PARIS) + timedelta(seconds=seconds)


def _lines(file, count):
    return lambda: file.exists() and file.read_bytes().count(b"\n") >= count


# --- RADIUS ----------------------------------------------------------------------------------------------------------


def plan_radius(days, people, draw):
    """Each subscriber connects in the morning and leaves at night; one session in fifty never says that it ended."""
    events = []
    for day in days:
        for number in range(people):
            if draw.random() < 0.25:
                continue  # not every day
            start = _moment(day, 6, draw.randrange(3 * 3600))
            stop = start + timedelta(seconds=draw.randrange(4 * 3600, 15 * 3600))
            session = f"{day:%y%m%d}-{number:04}"
            events.append((start, "Start", session, number, 0))
            if draw.random() > 0.02:
                events.append((stop, "Stop", session, number, int((stop - start).total_seconds())))
    return sorted(events)


def radius(folder, days, people, draw):
    """FreeRADIUS is told of each connection by its own client."""
    clock, events = Clock(folder), plan_radius(days, people, draw)
    clock.at(events[0][0])
    with faked(clock), producers.radius_server() as (port, detail):
        for at, status, session, number, lasted in events:
            clock.at(at)
            producers.account(port, [_packet(at, status, session, number, lasted)])
        return detail.read_bytes()


def _packet(at, status, session, number, lasted):
    return {
        "Acct-Status-Type": status, "Acct-Session-Id": f'"{session}"', "User-Name": f'"{demo_data.name(number)}"',
        "NAS-IP-Address": "10.0.0.1", "Framed-IP-Address": demo_data.inside(number),
        "Delegated-IPv6-Prefix": f"2001:db8:{number:x}00::/56",
        "Calling-Station-Id": f'"02-00-00-00-{number // 100:02}-{number % 100:02}"',
        "Acct-Session-Time": lasted, "Event-Timestamp": int(at.timestamp()), "Acct-Delay-Time": 0,
    }  # fmt: skip


@contextmanager
def faked(clock):
    """Children of ours that start now see the clock of the plan; we do not."""
    before = dict(os.environ)
    os.environ.update(clock.env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


# --- mail ------------------------------------------------------------------------------------------------------------

IMPORTED = "MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME"


def mail(folder, days, people, draw):
    """Postfix takes messages from subscribers (XCLIENT says from which address) and puts them into mailboxes."""
    clock, events = Clock(folder), []
    for day in days:
        events += [(_moment(day, 8, draw.randrange(12 * 3600)), *draw.sample(range(people), 2)) for _ in range(12)]
    events.sort()
    clock.at(events[0][0])
    folder.chmod(0o755)
    boxes = folder / "boxes"
    boxes.write_text("".join(f"{demo_data.name(number)} ab{number:04}/\n" for number in range(people)))
    changes = {
        "mynetworks": "127.0.0.0/8 100.64.0.0/10", "smtpd_authorized_xclient_hosts": "127.0.0.1", "alias_maps": "",
        "virtual_mailbox_domains": "arsenal-telecom.example", "virtual_mailbox_maps": f"texthash:{boxes}",
        "import_environment": f"{IMPORTED} {' '.join(clock.env)}", "export_environment": f"MAIL_CONFIG LANG {' '.join(clock.env)}",
    }  # fmt: skip
    with daemons.mail_server(folder, long=True, changes=changes, env=clock.env) as port:
        log = folder / "mail.log"
        for done, (at, sender, recipient) in enumerate(events, 1):
            clock.at(at)
            with smtplib.SMTP("127.0.0.1", port) as client:
                client.ehlo("client.example")
                client.docmd("XCLIENT", f"ADDR={demo_data.inside(sender)} NAME=[UNAVAILABLE]")
                client.ehlo_resp = client.helo_resp = None
                client.sendmail(demo_data.name(sender), [demo_data.name(recipient)], "Subject: -\r\n\r\n-\r\n")
            producers.wait_for(lambda n=done: log.read_bytes().count(b": removed") >= n, "the delivery of a message")
        return log.read_bytes()


# --- a network with a NAT in front and a DHCP server inside ----------------------------------------------------------

PUBLIC, FAR = "192.0.2.200", "198.51.100.7"
LEASE = 16 * 3600
SERVER = """
import resource, socket
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
there, kept = socket.create_server(("198.51.100.7", 443), backlog=128), []
print(flush=True)
while True:
    kept.append(there.accept()[0])
"""
CLIENT = """
import socket, struct, sys
open_ = {}
for line in sys.stdin:
    verb, key, source = line.split()
    if verb == "open":
        one = open_[key] = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.bind((source, 0))
        one.connect(("198.51.100.7", 443))
        print(one.getsockname()[1], flush=True)
    else:
        one = open_.pop(key)
        print(one.getsockname()[1], flush=True)
        one.close()
"""


def plan_nat(days, draw):
    """Each device comes in the morning, and makes some connections while its lease runs."""
    leased, opened = [], []
    for day in days:
        for number in range(demo_data.DEVICES):
            if draw.random() < 0.2:
                continue
            come = _moment(day, 6, draw.randrange(3 * 3600))
            leased.append((come, number))
            for _ in range(draw.randrange(3, 9)):
                start = come + timedelta(seconds=draw.randrange(60, 10 * 3600))
                opened.append((start, start + timedelta(milliseconds=draw.randrange(200, 900_000)), number))
    events = [
        (at, verb, key, number)
        for key, (start, end, number) in enumerate(opened)
        for at, verb in ((start, "open"), (end, "close"))
    ]
    return sorted(leased), sorted(events)


def inside(kind):
    """In namespaces of our own: the recorder ``kind`` runs there, in a process of its own."""

    def run(folder, days, _people, draw):
        plan = folder / "plan.json"
        plan.write_text(json.dumps({"days": [str(day) for day in days], "seed": draw.randrange(1 << 30)}))
        call = ["unshare", "-rnm", "--fork", "--pid", "--mount-proc", "--kill-child"]
        subprocess.run(
            [*call, sys.executable, "-m", "tests.traffic.recorder", "--inside", kind, str(folder)], check=True
        )
        return (folder / "recorded").read_bytes()

    return run


@contextmanager
def _space(name):
    """Another network namespace; yields the command that enters it."""
    holder = subprocess.Popen(
        ["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    try:
        yield holder.pid
    finally:
        holder.kill()
        holder.wait(10)


def _set(*lines):
    for line in lines:
        subprocess.run(line.split(), check=True)


def _nat(folder, days, draw):
    """The kernel translates real connections; ``conntrack -E`` writes what it does."""
    clock, (_, events) = Clock(folder), plan_nat(days, draw)
    clock.at(events[0][0])
    recorded = folder / "recorded"
    with _space("clients") as clients, _space("far") as far:
        near, away = (f"nsenter -t {pid} -n " for pid in (clients, far))
        _set(
            f"ip link add i0 type veth peer name c0 netns {clients}", f"ip link add o0 type veth peer name s0 netns {far}",
            "ip addr add 10.20.0.1/24 dev i0", "ip link set i0 up", "ip addr add 198.51.100.1/24 dev o0", "ip link set o0 up",
            f"ip addr add {PUBLIC}/32 dev o0", f"{near}ip link set c0 up",
            *(f"{near}ip addr add {demo_data.device(number)[1]}/24 dev c0" for number in range(demo_data.DEVICES)),
            f"{near}ip route add default via 10.20.0.1", f"{away}ip addr add {FAR}/24 dev s0", f"{away}ip link set s0 up",
            f"{away}ip route add {PUBLIC}/32 via 198.51.100.1",
            "nft add table ip nat", "nft add chain ip nat post { type nat hook postrouting priority 100 ; }",
            f"nft add rule ip nat post oifname o0 meta l4proto tcp snat to {PUBLIC}:20000-29999 fully-random",
        )  # fmt: skip
        for switch in ("ipv4/ip_forward", "netfilter/nf_conntrack_events"):
            Path("/proc/sys/net", switch).write_text("1")
        with recorded.open("wb") as out:
            log = subprocess.Popen(
                ["conntrack", "-E", "-p", "tcp", "-e", "NEW,DESTROY", "-o", "timestamp"],
                stdout=out,
                env=os.environ | clock.env,
            )
        server = subprocess.Popen([*away.split(), sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
        client = subprocess.Popen(
            [*near.split(), sys.executable, "-c", CLIENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        server.stdout.readline()
        producers.wait_for(
            lambda: "conntrack" in Path(f"/proc/{log.pid}/comm").read_text() and _listens(log.pid), "conntrack"
        )
        try:
            for done, (at, verb, key, number) in enumerate(events, 1):
                clock.at(at)
                source = demo_data.device(number)[1]
                client.stdin.write(f"{verb} {key} {source}\n")
                client.stdin.flush()
                port = client.stdout.readline().strip()
                if verb == "close":
                    subprocess.run(
                        ["conntrack", "-D", "-p", "tcp", "--orig-src", source, "--sport", port],
                        check=True, capture_output=True,
                    )  # fmt: skip
                producers.wait_for(_lines(recorded, done), "an event of conntrack")
        finally:
            for one in (client, server, log):
                one.kill()
                one.wait(10)


def _listens(pid):
    """Whether a process has bound its netlink socket to groups of events."""
    table = Path(f"/proc/{pid}/net/netlink").read_text().splitlines()[1:]
    return any(int(line.split()[1]) == 12 and int(line.split()[3], 16) for line in table)


def _dhcp(folder, days, draw):
    """Kea lends addresses to devices that ask for them with a client of their own."""
    clock, (leased, _) = Clock(folder), plan_nat(days, draw)
    clock.at(leased[0][0])
    config = {
        "interfaces-config": {"interfaces": ["s0"]},
        "lease-database": {"type": "memfile", "name": str(folder / "recorded"), "lfc-interval": 0},
        "valid-lifetime": LEASE,
        "subnet4": [{
            "subnet": "10.20.0.0/24", "pools": [{"pool": "10.20.0.10-10.20.0.99"}],
            "reservations": [dict(zip(("hw-address", "ip-address"), demo_data.device(n), strict=True)) for n in range(demo_data.DEVICES)],
        }],
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": str(folder / "kea.log")}]}],
    }  # fmt: skip
    (folder / "kea.json").write_text(json.dumps({"Dhcp4": config}))
    script, log = folder / "script", folder / "kea.log"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o700)
    with _space("clients") as clients:
        near = f"nsenter -t {clients} -n "
        _set(
            f"ip link add s0 type veth peer name c0 netns {clients}", "ip addr add 10.20.0.1/24 dev s0", "ip link set s0 up",
            f"{near}ip link set c0 up",
            *(f"{near}ip link add m{n} link c0 address {demo_data.device(n)[0]} type macvlan mode bridge" for n in range(demo_data.DEVICES)),
            *(f"{near}ip link set m{n} up" for n in range(demo_data.DEVICES)),
        )  # fmt: skip
        places = {"KEA_LOCKFILE_DIR": str(folder), "KEA_PIDFILE_DIR": str(folder)}
        server = subprocess.Popen(
            ["kea-dhcp4", "-c", str(folder / "kea.json")], env=os.environ | clock.env | places,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            producers.wait_for(lambda: log.exists() and "DHCP4_STARTED" in log.read_text(), "Kea")
            for at, number in leased:
                clock.at(at)
                call = f"{near}udhcpc -f -q -n -t 20 -T 1 -i m{number} -s {script}"
                subprocess.run(call.split(), check=True, capture_output=True, timeout=SECONDS)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(10)


# --- all of it -------------------------------------------------------------------------------------------------------

RECORDERS = {
    "radius": Recorder("aaa", "aaa.detail.xz", "radius", ("freeradius", "freeradius-utils"),
                       "freeradius -f, detail module; each Start and Stop sent by radclient", radius),
    "nat": Recorder("nat2", "nat2.log.xz", "conntrack", ("conntrack", "nftables"),
                    "connections through an nftables snat rule; conntrack -E -p tcp -e NEW,DESTROY -o timestamp;"
                    " each ended by conntrack -D, for the clock of the kernel is not moved", inside("nat")),
    "dhcp": Recorder("dhcp", "dhcp.csv.xz", "kea", ("kea-dhcp4-server", "udhcpc"),
                     "kea-dhcp4, memfile; each lease asked for by udhcpc", inside("dhcp")),
    "mail": Recorder("mx", "mx.log.xz", "postfix", ("postfix",),
                     "postfix master with its smtpd, qmgr, virtual; each message sent over SMTP", mail),
}  # fmt: skip


def record(name, out, days, people, seed):
    """Run one producer; returns its entry of the manifest."""
    one = RECORDERS[name]
    with TemporaryDirectory(dir="/var/tmp") as place:
        data = one.run(Path(place), days, people, random.Random(f"{seed} {name.replace('dhcp', 'nat')}"))
        data = data.replace(place.encode(), b"/var/spool")
    (out / one.file).write_bytes(lzma.compress(data, preset=9 | lzma.PRESET_EXTREME))
    return {
        "source": one.source, "file": one.file, "format": one.format, "how": one.how,
        "producer": [_version(package) for package in one.packages], "days": [str(days[0]), str(days[-1])],
        "recorded": datetime.now(UTC).date().isoformat(), "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(), "file_sha256": hashlib.sha256((out / one.file).read_bytes()).hexdigest(),
    }  # fmt: skip


def _version(package):
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}", package], check=True, capture_output=True, text=True
    )
    return done.stdout


def days_before(day, count):
    return [day - timedelta(days=number) for number in range(count, 0, -1)]


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--people", type=int, default=demo_data.SUBSCRIBERS)
    parser.add_argument("--only", nargs="+", choices=RECORDERS, default=list(RECORDERS))
    parser.add_argument("--inside", choices=("nat", "dhcp"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.inside:
        plan = json.loads((given.folder / "plan.json").read_text())
        run = {"nat": _nat, "dhcp": _dhcp}[given.inside]
        run(given.folder, [date.fromisoformat(day) for day in plan["days"]], random.Random(plan["seed"]))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / "manifest.json"
    known = json.loads(path.read_text())["recordings"] if path.exists() else []
    today = datetime.now(UTC).date()
    for name in given.only:
        began = time.monotonic()
        # Mail has ten days more: what the last injunction on file covers, when the demonstration is played in time.
        days = days_before(today, given.days + (10 if name == "mail" and given.days == DAYS else 0))
        entry = record(name, given.folder, days, given.people, "opposable")
        known = sorted([one for one in known if one["file"] != entry["file"]] + [entry], key=lambda one: one["file"])
        path.write_text(json.dumps({"v": 1, "recordings": known}, indent=1) + "\n")
        sys.stdout.write(f"{name}: {entry['bytes']} bytes, {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
