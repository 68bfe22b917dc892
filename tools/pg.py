"""Run a command beside a private PostgreSQL cluster: ``python tools/pg.py [--durable] COMMAND [ARGUMENT…]``.

The cluster lives in a temporary folder, listens on the loopback with a password drawn for this run, and is gone when
the command ends. The command finds it in OPPOSABLE_DATABASE_URL. Exit status: the command's; 3 when PostgreSQL is not
installed. Standard library only, so that it runs before anything is set up.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

MISSING = 3
TUNING = {"max_connections": "100", "timezone": "UTC", "log_min_messages": "warning", "max_prepared_transactions": "10"}
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Tests kill our processes, never the server: its files need not survive. Benchmarks ask for ``--durable``."""


def binaries() -> Path | None:
    """The folder of initdb: OPPOSABLE_PG_BIN, Debian's newest version, or the PATH; None when not installed."""
    debian = Path("/usr/lib/postgresql").glob("*/bin") if Path("/usr/lib/postgresql").is_dir() else []
    newest = sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    asked = [Path(os.environ["OPPOSABLE_PG_BIN"])] if "OPPOSABLE_PG_BIN" in os.environ else []
    folders = asked or [*newest, *on_path]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def server_user() -> pwd.struct_passwd | None:
    """Who runs the server: None is ourselves. PostgreSQL refuses root, so root lends it to postgres or to nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    sys.exit("pg: PostgreSQL refuses to run as root and there is no user postgres or nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run_as(user: pwd.struct_passwd | None, command: Sequence[str | Path]) -> None:
    """Run a server tool as ``user``; its output is shown only when it fails."""
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        **as_user,
    )
    if done.returncode:
        sys.exit(f"pg: {Path(command[0]).name} failed\n{done.stdout}")


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[str]:
    """A running cluster: the URL of its one database. Stopped and deleted at the end, also after Ctrl-C or TERM."""
    bin_ = binaries()
    if bin_ is None:
        print("pg: PostgreSQL is not installed (Debian: apt install postgresql)", file=sys.stderr)
        sys.exit(MISSING)
    home, user, password = Path(tempfile.mkdtemp(prefix="opposable-pg-")), server_user(), secrets.token_hex(16)
    data, secret = home / "data", home / "password"
    try:
        secret.write_text(password)
        if user:
            for path in (home, secret):
                os.chown(path, user.pw_uid, user.pw_gid)
        options = ["--auth=scram-sha-256", "--username=opposable", f"--pwfile={secret}"]
        locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        run_as(user, [bin_ / "initdb", "--pgdata", data, *options, *locale])
        port = free_port()
        places = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": str(home)}
        settings = TUNING | places | ({} if durable else THROWAWAY)
        flags = " ".join(f"-c {name}={value}" for name, value in settings.items())
        run_as(user, [bin_ / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", flags, "start"])
        yield f"postgresql://opposable:{password}@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            run_as(user, [bin_ / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"])
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: list[str]) -> int:
    durable = arguments[:1] == ["--durable"]
    command = arguments[1:] if durable else arguments
    if not command or command[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster(durable=durable) as url:
        return subprocess.run(command, env=os.environ | {"OPPOSABLE_DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
