"""Real producers on the loopback: a RADIUS server, a mail server, a DHCP server, a flow collector; and an IPFIX exporter of ours."""

import socket
import struct
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

RADIUSD = """
prefix = /usr
logdir = {folder}
run_dir = {folder}
libdir = /usr/lib/freeradius
pidfile = {folder}/radiusd.pid
log {{
  destination = files
  file = {folder}/radius.log
}}
modules {{
  detail {{
    filename = {folder}/detail
    permissions = 0600
    header = "%t"
  }}
}}
client localhost {{
  ipaddr = 127.0.0.1
  secret = testing123
}}
server default {{
  listen {{
    type = acct
    ipaddr = 127.0.0.1
    port = {port}
  }}
  preacct {{
    {handed}
  }}
  accounting {{
    detail
  }}
}}
"""

RELAY = """
home_server ours {{
  type = acct
  ipaddr = 127.0.0.1
  port = {to}
  secret = testing123
  response_window = 30
}}
home_server_pool ours {{
  home_server = ours
}}
realm ours {{
  acct_pool = ours
}}
"""
"""What makes a server hand each record on, and acknowledge it to the NAS when it was acknowledged here."""


def free_port(kind=socket.SOCK_DGRAM):
    with closing(socket.socket(socket.AF_INET, kind)) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(ready, what, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come")
        subprocess.run(["true"], check=False)  # gives way to the other process


@contextmanager
def radius_server(to=None):
    """FreeRADIUS with an accounting port and a detail file. Yields its port and the file. ``to``: a port that it hands everything on to.

    Its folder is on a disk: it writes no detail file in memory (/dev/shm), where temporary files may lie.
    """
    with TemporaryDirectory(dir="/var/tmp") as folder, _radius_server(Path(folder), to) as port:
        yield port, Path(folder) / "detail"


@contextmanager
def _radius_server(folder, to):
    port = free_port()
    handed = 'update control {\n      Proxy-To-Realm := "ours"\n    }' if to else ""
    relay = RELAY.format(to=to) if to else ""
    (folder / "radiusd.conf").write_text(RADIUSD.format(folder=folder, port=port, handed=handed) + relay)
    command = ["freeradius", "-f", "-d", str(folder), "-n", "radiusd", "-D", "/usr/share/freeradius"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        log = folder / "radius.log"
        wait_for(lambda: log.exists() and "Ready to process" in log.read_text(), "FreeRADIUS")
        yield port
    except AssertionError as error:
        error.add_note(log.read_text() if log.exists() else "FreeRADIUS wrote no log")
        raise
    finally:
        server.terminate()
        server.wait(60)


def account(port, packets, secret="testing123", patience=("12", "5")):
    """Send accounting packets with FreeRADIUS's own client; every one must be acknowledged. ``patience``: tries, seconds each."""
    text = "\n\n".join("\n".join(f"{name} = {value}" for name, value in packet.items()) for packet in packets)
    done = subprocess.run(
        ["radclient", "-q", "-r", patience[0], "-t", patience[1], f"127.0.0.1:{port}", "acct", secret],
        input=text + "\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def status(port, secret="testing123"):
    """Ask with FreeRADIUS's own client whether somebody listens (RFC 5997)."""
    return subprocess.run(
        ["radclient", "-q", "-r", "3", "-t", "2", f"127.0.0.1:{port}", "status", secret],
        input="Message-Authenticator = 0x00\n", capture_output=True, text=True, check=False,
    ).returncode == 0  # fmt: skip


def waiting(port):
    """Bytes that a UDP socket on the port has not yet read; None when there is no such socket."""
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        cells = line.split()
        if cells[1].endswith(f":{port:04X}"):
            return int(cells[4].split(":")[1], 16)
    return None


# --- IPFIX -----------------------------------------------------------------------------------------------------------

SESSION = ((323, 8), (230, 1), (4, 1), (8, 4), (7, 2), (225, 4), (227, 2), (12, 4), (11, 2))
BLOCK = ((323, 8), (230, 1), (8, 4), (225, 4), (361, 2), (362, 2))
SECONDS = 1_795_100_000  # 19 November 2026


def template(number, fields):
    return (2, struct.pack(">HH", number, len(fields)) + b"".join(struct.pack(">HH", *one) for one in fields))


def message(sequence, *sets, domain=1, seconds=SECONDS):
    body = b"".join(struct.pack(">HH", kind, len(data) + 4) + data for kind, data in sets)
    return struct.pack(">HHIII", 10, 16 + len(body), seconds, sequence, domain) + body


def session(number, event, *, at=0, port=None):
    """One record of SESSION: session ``number`` of subscriber ``number % 250``."""
    milliseconds = SECONDS * 1000 + at
    inside, public = bytes([100, 64, 0, number % 250]), bytes([192, 0, 2, 1])
    port = 1024 + number if port is None else port
    return struct.pack(
        ">QBB4sH4sH4sH", milliseconds, event, 6, inside, 40000, public, port, bytes([198, 51, 100, 7]), 443
    )


def lent(event, *, at=0, first=2048, last=2559):
    """One record of BLOCK."""
    return struct.pack(
        ">QB4s4sHH", SECONDS * 1000 + at, event, bytes([100, 64, 1, 9]), bytes([192, 0, 2, 9]), first, last
    )


def send(port, *messages):
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as out:
        for one in messages:
            out.sendto(one, ("127.0.0.1", port))


def answers(host, port):
    """Whether something listens on a TCP port. Who asks from the very port that he asks for answers himself (RFC 9293 §3.5)."""
    with closing(socket.socket()) as one:
        one.settimeout(1)
        return one.connect_ex((host, port)) == 0 and one.getsockname() != one.getpeername()
