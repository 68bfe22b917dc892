"""Servers of Debian with a folder of their own: DHCP in a network namespace, a mail server on the loopback, an exporter of flows.

python -m tests.traffic.daemons kea|kea6|dnsmasq FOLDER      in `unshare -rn`: two clients take turns on the only address there is
"""

import json
import os
import shutil
import signal
import smtplib
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.traffic import producers

# --- DHCP ------------------------------------------------------------------------------------------------------------

ADDRESS, FIRST, SECOND = "192.0.2.50", "02:00:00:00:00:aa", "02:00:00:00:00:bb"
ADDRESS6, PREFIX6 = "2001:db8::50", "2001:db8:7:1200::/56"
SAID6 = """#!/bin/sh
echo "$reason" >> {said}
"""
SAID = """#!/bin/sh
[ "$1" = bound ] && {{ ip address flush dev $interface; ip address add $ip/24 dev $interface; }}
echo "$1" >> {said}
"""


def leases(server, folder):
    """What a DHCP server writes of two clients, the real thing: taken, renewed, given back, taken by the other."""
    call = ["unshare", "-rn", sys.executable, "-m", "tests.traffic.daemons", server, str(folder)]
    here = {"cwd": Path(__file__).parents[2], "env": os.environ | {"TZ": "UTC"}}
    done = subprocess.run(call, check=False, capture_output=True, text=True, **here)
    assert done.returncode == 0, done.stderr


def _kea(folder):
    config = {
        "interfaces-config": {"interfaces": ["s0"]},
        "lease-database": {"type": "memfile", "name": str(folder / "kea-leases4.csv"), "lfc-interval": 0},
        "valid-lifetime": 3600,
        "subnet4": [{"subnet": "192.0.2.0/24", "pools": [{"pool": f"{ADDRESS}-{ADDRESS}"}]}],
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": str(folder / "kea.log")}]}],
    }
    (folder / "kea.json").write_text(json.dumps({"Dhcp4": config}))
    return ["kea-dhcp4", "-c", str(folder / "kea.json")], folder / "kea.log", "DHCP4_STARTED"


def _kea6(folder):
    config = {
        "interfaces-config": {"interfaces": ["s0"]},
        "data-directory": str(folder),
        "lease-database": {"type": "memfile", "name": str(folder / "kea-leases6.csv"), "lfc-interval": 0},
        "preferred-lifetime": 1800,
        "valid-lifetime": 3600,
        "subnet6": [
            {
                "subnet": "2001:db8::/64",
                "interface": "s0",
                "pools": [{"pool": f"{ADDRESS6}-{ADDRESS6}"}],
                "pd-pools": [{"prefix": PREFIX6.partition("/")[0], "prefix-len": 56, "delegated-len": 56}],
            }
        ],
        "loggers": [
            {"name": "kea-dhcp6", "severity": "INFO", "output_options": [{"output": str(folder / "kea6.log")}]}
        ],
    }
    (folder / "kea.json").write_text(json.dumps({"Dhcp6": config}))
    return ["kea-dhcp6", "-c", str(folder / "kea.json")], folder / "kea6.log", "DHCP6_STARTED"


def _dnsmasq(folder):
    log = folder / "dnsmasq.log"
    call = [
        "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--log-dhcp", "--interface=s0", "--bind-interfaces",
        "--no-ping", "--dhcp-authoritative", f"--dhcp-range={ADDRESS},{ADDRESS},1h", f"--log-facility={log}",
        f"--dhcp-leasefile={folder / 'leases'}", f"--pid-file={folder / 'pid'}",
    ]  # fmt: skip
    return call, log, "sockets bound"


SERVERS = {"kea": _kea, "kea6": _kea6, "dnsmasq": _dnsmasq}
NO_DAD = "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad"
"""An address of IPv6 is asked for among the neighbours, for a second, before it can be used: there are none."""


def _house(server, folder):
    """In the namespace: a cable between the server and another namespace, where the clients live."""
    other = subprocess.Popen(
        ["unshare", "-n", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    other.stdout.readline()
    inside = ["nsenter", "-t", str(other.pid), "-n"]
    for where in ([], inside):
        subprocess.run([*where, "sh", "-c", NO_DAD], check=True)
    for line in (
        f"ip link add s0 type veth peer name c0 netns {other.pid}",
        "ip address add 192.0.2.1/24 dev s0",
        "ip address add 2001:db8::1/64 dev s0",
        "ip link set s0 up",
        f"{' '.join(inside)} ip link set c0 up",
    ):
        subprocess.run(line.split(), check=True)
    producers.wait_for(_connected, "the cable")
    call, log, ready = SERVERS[server](folder)
    client = _client6 if server.endswith("6") else _client
    places = {"KEA_LOCKFILE_DIR": str(folder), "KEA_PIDFILE_DIR": str(folder)}
    daemon = subprocess.Popen(call, env=os.environ | places, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        producers.wait_for(lambda: daemon.poll() is not None or (log.exists() and ready in log.read_text()), server)
        assert daemon.poll() is None, f"{server} did not start"
        client(inside, folder, FIRST, back=True)
        client(inside, folder, SECOND, back=False)
    finally:
        daemon.terminate()
        daemon.wait(10)
        other.stdin.close()
        other.wait(10)


def _connected(inside=(), name="s0"):
    """The cable carries, and the end of it has the address of IPv6 that it gives itself."""
    up, own = (
        subprocess.run([*inside, "ip", *call, name], check=True, capture_output=True, text=True).stdout
        for call in (("link", "show"), ("-6", "address", "show", "scope", "link", "dev"))
    )
    return "state UP" in up and "fe80:" in own and "tentative" not in own


def _plugged(inside, mac):
    for line in ("c0 down", f"c0 address {mac}", "c0 up"):
        subprocess.run([*inside, "ip", "link", "set", *line.split()], check=True)
    producers.wait_for(lambda: _connected() and _connected(inside, "c0"), "the cable")


def _script(folder, mac, text):
    said, script = folder / f"client-{mac[-2:]}", folder / "script"
    script.write_text(text.format(said=said))
    script.chmod(0o700)
    return said, script


def _client(inside, folder, mac, *, back):
    """A real client gets its lease, then is told to renew it and to give it ``back``; at the end it is cut off."""
    said, script = _script(folder, mac, SAID)
    _plugged(inside, mac)
    client = subprocess.Popen(
        [*inside, "udhcpc", "-f", "-i", "c0", "-s", str(script)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    then = ((signal.SIGUSR1, "renew"), (signal.SIGUSR2, "deconfig")) if back else ()
    try:
        for steps, (sign, word) in enumerate(((None, "bound"), *then), 2):
            if sign:
                client.send_signal(sign)
            producers.wait_for(lambda n=steps: said.exists() and len(said.read_text().split()) >= n, word)
            assert said.read_text().split()[-1] == word
    finally:
        client.kill()
        client.wait(10)


def _client6(inside, folder, mac, *, back):
    """The same with IPv6: an address and a prefix. A client that comes again with its leases asks for them anew."""
    said, _ = _script(folder, mac, SAID6)
    _plugged(inside, mac)
    places = [
        word
        for flag, name in (("-sf", "script"), ("-lf", f"leases-{mac[-2:]}"), ("-pf", "client.pid"))
        for word in (flag, str(folder / name))
    ]
    call = [*inside, "dhclient", "-6", "-N", "-P", "-D", "LL", "-cf", "/dev/null", *places]
    for words in ("BOUND6", "REBIND6")[: 1 + back]:
        client = subprocess.Popen([*call, "-d", "c0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            producers.wait_for(lambda n=words: said.exists() and said.read_text().split().count(n) == 2, words)
        finally:
            client.kill()
            client.wait(10)
    if back:
        subprocess.run([*call, "-r", "c0"], check=True, capture_output=True, timeout=60)


# --- mail ------------------------------------------------------------------------------------------------------------

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = here.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {{alice@here.example=alice/}} }}
virtual_alias_maps = inline:{{ {{desk@here.example=alice@here.example}} }}
virtual_uid_maps = static:5000
virtual_gid_maps = static:5000
transport_maps = inline:{{ {{away.example=smtp:[127.0.0.1]:{closed}}} }}
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
enable_long_queue_ids = {long}
disable_dns_lookups = yes
"""
MASTER = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
postlog unix-dgram n - n - 1 postlogd
"""
QUEUES = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "maildrop",
    "public",
    "saved",
    "trace",
]


@contextmanager
def mail_server(folder, *, long, changes=None, env=None):
    """Postfix with the mailbox of alice, an alias of hers, and a relay that nobody answers on. Yields its port.

    ``changes``: settings in the place of ours, or besides; ``env``: what its processes find in their environment besides.
    """
    port, closed = (producers.free_port(socket.SOCK_STREAM) for _ in range(2))
    for name in ("etc", "data", "mail", "spool/pid", *(f"spool/{one}" for one in QUEUES)):
        (folder / name).mkdir(parents=True)
    for name in ("data", *(f"spool/{one}" for one in QUEUES)):
        shutil.chown(folder / name, "postfix")
    os.chown(folder / "mail", 5000, 5000)
    words = {"folder": folder, "port": port, "closed": closed, "long": "yes" if long else "no"}
    (folder / "etc" / "main.cf").write_text(_settings(words, changes or {}))
    (folder / "etc" / "master.cf").write_text(MASTER.format(**words))
    master = ["/usr/lib/postfix/sbin/master", "-i", "-c", str(folder / "etc")]
    server = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", *master], env=os.environ | (env or {}),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        producers.wait_for(lambda: producers.answers("127.0.0.1", port), "Postfix", 60)
        yield port
    finally:
        # With the first process of its table all others go. (It changes its user, which makes --kill-child forget it.)
        for first in Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split():
            os.kill(int(first), signal.SIGKILL)
        server.wait(10)


def _settings(words, changes):
    ours = dict(line.split(" = ", 1) for line in MAIN.format(**words).replace(" =\n", " = \n").splitlines())
    return "".join(f"{name} = {value}\n" for name, value in (ours | changes).items())


def deliver(port, log):
    """One message to four: a mailbox, its alias, nobody, and a server that does not answer."""
    to = ["alice@here.example", "desk@here.example", "nobody@here.example", "carol@away.example"]
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("Bob@here.example", to, "Subject: a secret matter\r\n\r\nsecret words\r\n")
    producers.wait_for(lambda: log.read_text().count("status=") >= 5, "five deliveries", 60)


# --- flows -----------------------------------------------------------------------------------------------------------


def export(port, folder, version):
    """softflowd reads a capture of three connections and tells of them as NetFlow v9 or IPFIX (10)."""
    (folder / "capture.pcap").write_bytes(_capture())
    call = ["softflowd", "-d", "-r", "capture.pcap", "-n", f"127.0.0.1:{port}", "-v", str(version)]
    subprocess.run(call, check=True, capture_output=True, timeout=60, cwd=folder)


def _capture():
    packets = sorted(
        (producers.SECONDS + n + at, _packet(n + 1, 40_000 + n, flags, back=flags == 0x12))
        for n in range(3)
        for at, flags in enumerate((0x02, 0x12, 0x11))
    )
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(struct.pack("<IIII", at, 0, len(one), len(one)) + one for at, one in packets)


def _packet(host, port, flags, *, back):
    ends = [(bytes([100, 64, 0, host]), port), (bytes([198, 51, 100, 7]), 443)]
    (source, sport), (target, dport) = reversed(ends) if back else ends
    tcp = struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1000, 0, 0)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, source, target)
    return bytes(12) + b"\x08\x00" + ip + tcp


if __name__ == "__main__":
    _house(sys.argv[1], Path(sys.argv[2]))
