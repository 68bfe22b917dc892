"""docs/how-to/serve-for-real.md, as far as a machine without its accounts can run it.

The settings are read by the software; the units are looked at by systemd; and, as root beside a PostgreSQL, the two accounts
are told apart as the page says: the sealer signs with the little it is granted, the pages cannot read the key.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

import pytest

from opposable.kernel import home
from tests.docs.page import blocks

PAGE = "how-to/serve-for-real.md"
BIN = Path(sys.executable).parent
PAGES, SEALER, GROUP = 64001, 64002, 64000  # no account of this machine


def files():
    """The files that the page shows, by name."""
    return {block.words: block.text for block in blocks(PAGE, "toml", "ini")}


def test_the_settings_are_read_to_the_last_key(tmp_path):
    (tmp_path / home.NAME).write_text(files()[home.NAME].replace("…", "0b4bd1ef" * 6))
    config = home.load(tmp_path)
    assert config.extra == {}
    assert config.proxies == 1
    assert config.witnesses[0][0].startswith("https://")
    assert config.tsa_roots
    assert urlsplit(config.mail).port == 587


def test_https_and_the_voters_addresses_are_believed_from_the_proxy_alone(tmp_path):
    (tmp_path / home.NAME).write_text(files()[home.NAME].replace("…", "0b4bd1ef" * 6))
    code = """
import django; django.setup()
from django.conf import settings
from django.test import RequestFactory
from opposable.web.ratelimit import client_address
request = RequestFactory().get("/", SERVER_NAME="vote.arsenal.example", HTTP_X_FORWARDED_FOR="203.0.113.7", HTTP_X_FORWARDED_PROTO="https", REMOTE_ADDR="127.0.0.1")
print(request.is_secure(), client_address(request), settings.SESSION_COOKIE_SECURE, settings.EMAIL_USE_TLS, settings.ALLAUTH_TRUSTED_PROXY_COUNT)
print(settings.DATABASES["default"]["HOST"], settings.DATABASES["default"]["NAME"], settings.DATABASES["default"]["USER"])
"""
    environ = {
        "OPPOSABLE_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "opposable.settings",
        "PATH": os.environ["PATH"],
    }
    said = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True).stdout
    assert said.split("\n")[:2] == ["True 203.0.113.7 True True 1", "/run/postgresql opposable "]


@pytest.fixture
def units(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("leg systemd: no program systemd-analyze (Debian: apt install systemd)")
    folder = tmp_path / "units"
    folder.mkdir()
    found = [(name, text) for name, text in files().items() if name.startswith("opposable-")]
    assert len(found) == 4
    for name, text in found:
        (folder / name).write_text(text.replace("/opt/opposable/bin", str(BIN)))
    return folder


def test_systemd_understands_each_unit(units):
    for name in (
        "opposable-sealer.service",
        "opposable-site@main.service",
        "opposable-site@vote.service",
        "opposable-tick.timer",
    ):
        path = units / name
        if "@" in name:
            path.symlink_to(units / "opposable-site@.service")
        command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", path]
        done = subprocess.run(
            command, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{units}:"}, capture_output=True, text=True, check=False
        )
        ours = [line for line in done.stderr.splitlines() if "opposable" in line]
        assert (done.returncode, ours) == (0, []), done.stderr


@pytest.mark.parametrize("name", ["opposable-sealer.service", "opposable-site@.service", "opposable-tick.service"])
def test_systemd_finds_them_little_exposed(units, name):
    path = units / name.replace("@.", "@main.")
    if "@" in name:
        path.write_text((units / name).read_text())
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=30", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


# Two accounts, as root beside a PostgreSQL


class Machine:
    """The page's machine in a folder: its paths, its accounts as numbers, its database with a password for each account."""

    def __init__(self, folder: Path, admin: str) -> None:
        self.folder, self.admin = folder, admin
        self.name = f"served_{secrets.token_hex(4)}"
        self.sealer = f"{self.name}-sealer"
        self.words = {"pages": secrets.token_hex(8), "sealer": secrets.token_hex(8)}
        self.home = folder / "lib"
        (folder / "etc").mkdir()
        folder.chmod(0o711)

    def url(self, role, word):
        parts = urlsplit(self.admin)
        return f"postgresql://{role}:{word}@{parts.hostname}:{parts.port}/{self.name}"

    def sql(self, text, url=None):
        import psycopg

        with psycopg.connect(url or self.admin, autocommit=True) as connection:
            return connection.execute(text.encode())

    def make_database(self):
        self.sql(f"CREATE ROLE \"{self.name}\" LOGIN PASSWORD '{self.words['pages']}'")
        self.sql(f"CREATE ROLE \"{self.sealer}\" LOGIN PASSWORD '{self.words['sealer']}'")
        self.sql(f'CREATE DATABASE "{self.name}" OWNER "{self.name}"')

    def drop_database(self):
        self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.sql(f'DROP ROLE IF EXISTS "{self.name}", "{self.sealer}"')

    def here(self, text):
        """The page's words for this machine."""
        for written, meant in (
            ("/var/lib/opposable", str(self.home)),
            ("/etc/opposable", str(self.folder / "etc")),
            ("/opt/opposable/bin", str(BIN)),
            ("runuser -u opposable --", f"setpriv --reuid={PAGES} --regid={GROUP} --clear-groups"),
            ("postgresql:///opposable?host=/run/postgresql", self.url(self.name, self.words["pages"])),
            ("-o opposable -g opposable", f"-o {PAGES} -g {GROUP}"),
            ("opposable-sealer:opposable", f"{SEALER}:{GROUP}"),
            ("root:opposable", f"root:{GROUP}"),
            ("opposable:opposable", f"{PAGES}:{GROUP}"),
        ):
            text = text.replace(written, meant)
        return text

    def account(self, uid):
        """What the units give an account: its number, its group, its database, its mask."""
        role, word = (self.name, "pages") if uid == PAGES else (self.sealer, "sealer")
        environ = {
            "OPPOSABLE_HOME": str(self.home),
            "OPPOSABLE_DATABASE_URL": self.url(role, self.words[word]),
            "OPPOSABLE_PASSPHRASE": (self.folder / "etc/passphrase").read_text().strip(),
            "DJANGO_SETTINGS_MODULE": "opposable.settings",
            "PATH": os.environ["PATH"],
            "OPPOSABLE_LANG": "en",
        }
        return {
            "user": uid,
            "group": GROUP,
            "extra_groups": [],
            "umask": 0o007,
            "env": environ,
            "text": True,
            "cwd": self.folder,
        }

    def run(self, *words):
        """The page's shell blocks that have one of these words (none: those of the first installation), as one script."""
        script = [self.here(block.text) for block in blocks(PAGE, "sh") if block.words in words]
        if "" not in words:
            script.insert(
                0, f"umask 007; export {' '.join(f'{k}={v!r}' for k, v in self.account(PAGES)['env'].items())}"
            )
        unset = re.compile("OPPOSABLE_|DJANGO_")
        environ = {name: value for name, value in os.environ.items() if not unset.match(name)} | {
            "OPPOSABLE_LANG": "en"
        }
        command = ["sh", "-euc", "\n".join(script)]
        done = subprocess.run(command, env=environ, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def sealing(self):
        """The sealer at work, by its own account."""
        command = [BIN / "opposable", "sealer"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self.account(SEALER))
        try:
            assert process.stdout.readline() == "sealing\n"
            yield
        finally:
            process.terminate()
            process.communicate(timeout=60)

    def as_pages(self, *command):
        """What a command of the pages' account says."""
        done = subprocess.run(command, capture_output=True, check=False, timeout=180, **self.account(PAGES))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def machine(tmp_path_factory):
    if os.geteuid():
        pytest.skip("leg two accounts: only root can change accounts")
    real = Path(sys.executable).resolve()  # the interpreter behind the link of .venv may lie in a home of its own
    for parent in (BIN, *BIN.parents, *real.parents, *Path(__file__).parents):
        if not parent.stat().st_mode & 0o001:
            pytest.skip(f"leg two accounts: other accounts may not enter {parent}")
    made = Machine(tmp_path_factory.mktemp("served"), os.environ["OPPOSABLE_DATABASE_URL"])
    for parent in made.folder.parents:
        if parent.is_relative_to(gettempdir()) and parent != Path(gettempdir()):
            parent.chmod(parent.stat().st_mode | 0o011)
    made.make_database()
    yield made
    made.drop_database()


LOOK = """
import django; django.setup()
from pathlib import Path
from django.conf import settings
from opposable.kernel import sealing
from opposable.kernel.models import Leaf, Pending
assert sealing.wait_for_socket(settings.HOME / "run")
assert sealing.request()
print(Leaf.objects.count(), Pending.objects.count())
for path, mode in (("keys/log.key", "r"), ("checkpoints.sqlite3", "r+"), ("log/checkpoint", "r+"), ("opposable.toml", "r+")):
    try:
        (settings.HOME / path).open(mode).close()
        print("open", path)
    except PermissionError:
        pass
"""


@pytest.mark.pg
def test_the_sealer_signs_with_little_and_the_pages_cannot_sign(machine):
    machine.run("", "apart")
    (grants,) = [block.text for block in blocks(PAGE, "sql")]
    machine.sql(grants.replace("opposable-sealer", machine.sealer), machine.url(machine.name, machine.words["pages"]))
    with machine.sealing():
        assert machine.as_pages(sys.executable, "-c", LOOK) == "2 0\n"
        assert "failed" not in machine.as_pages(BIN / "opposable", "tick")
        assert "2 acts" in machine.as_pages(BIN / "opposable", "audit")
    assert "opposable audit" in machine.run("restore")
    machine.run("apart")
    with machine.sealing():
        assert machine.as_pages(sys.executable, "-c", LOOK) == "2 0\n"
    import psycopg

    for forbidden in (
        "SELECT * FROM kernel_part",
        "UPDATE kernel_act SET seq = 0",
        "SELECT * FROM assembly_holder",
        "DELETE FROM kernel_leaf",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            machine.sql(forbidden, machine.url(machine.sealer, machine.words["sealer"]))
