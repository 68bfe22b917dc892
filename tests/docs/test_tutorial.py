"""The tutorial, followed to the letter in both languages: its commands typed, its pages clicked through, what it shows compared.

A real installation in an empty folder, a real server, a real mail server, and a reader that finds what it clicks by the words in bold.
"""

import os
import re
import shutil
import signal
import socket
import sys
import time
from contextlib import ExitStack

import pytest

from tests.docs.page import DOCS, Block, blocks, shows
from tests.docs.reader import Reader

TUTORIAL = DOCS / "tutorial"
PORTS = ("8000", "8001", "2525")
SECONDS = 120
BOLD = r"\*\*([^*]+)\*\*"
COLON = "(?: |\u00a0)?:"
STEPS = {
    "open": r"(?:open|ouvrez) `(.+?)`",
    "click_beside": rf"(?:click|cliquez sur) {BOLD} (?:beside|à côté de) {BOLD}",
    "click": rf"(?:click|cliquez sur) {BOLD}(?! beside| à côté)",
    "press_beside": rf"(?:press|appuyez sur) {BOLD} (?:beside|à côté de) {BOLD}",
    "press": rf"(?:press|appuyez sur) {BOLD}(?! beside| à côté)",
    "fill": rf"(?:fill in|remplissez) {BOLD}{COLON} `(.+?)`",
    "access": rf"(?:fill in|remplissez) {BOLD}{COLON} (?:the one in the message to|celui du message à) `(.+?)`",
    "code": rf"(?:fill in|remplissez) {BOLD}{COLON} (?:the one in the last message|celui du dernier message)",
    "choose": rf"(?:choose|choisissez) {BOLD}{COLON} {BOLD}",
    "read": rf"(?:read|lisez){COLON} {BOLD}",
    "note": rf"(?:note the number after|notez le numéro après) {BOLD} (?:as|sous le nom) `(\w+)`",
    "stop": r"(?:stop the server|arrêtez le serveur)[ ,].*(Ctrl-C)",
}


def told(page):
    """The page in its order: blocks, and each step of each bullet."""
    text = (DOCS / page).read_text("utf-8")
    found = [(block.line, block) for block in blocks(page)]
    inside = [range(block.line, block.line + block.text.count("\n") + 2) for _, block in found]
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("- ") and not any(number in lines for lines in inside):
            found += [(number, step) for step in steps(line, f"{page}:{number}")]
    return [thing for _, thing in sorted(found, key=lambda item: item[0])]


def steps(line, where):
    """What a bullet asks for, in the order of its words. Every word in bold belongs to a step: none is decoration."""
    found = []
    for name, pattern in STEPS.items():
        found += [(match.start(), name, match.groups()) for match in re.finditer(pattern, line, re.IGNORECASE)]
    used = {word for _, _, words in found for word in words}
    lost = set(re.findall(BOLD, line)) - used
    assert not lost, f"{where}: no step says what to do with {lost}"
    return [(name, words, where) for _, name, words in sorted(found)]


class Follower:
    """Somebody who does what the page says, in its order."""

    def __init__(self, shell, ports):
        self.shell, self.ports = shell, ports
        self.reader = Reader(shell.folder)
        self.running = []
        self.mailbox = shell.folder / "mailbox.txt"
        self.messages = 0

    def local(self, text):
        """The page's ports are this machine's free ones."""
        for written, free in zip(PORTS, self.ports, strict=True):
            text = text.replace(f":{written}", f":{free}")
        return text

    def follow(self, page):
        found = told(page)
        for thing, after in zip(found, [*found[1:], None], strict=True):
            if isinstance(thing, Block):
                shown = after.text if isinstance(after, Block) and after.language == "text" else ""
                if thing.language == "sh" and thing.words != "install":
                    self.type(thing, self.local(shown))
            else:
                name, words, where = thing
                try:
                    getattr(self, name)(*words)
                except AssertionError as error:
                    raise AssertionError(f"{where}: {error}") from error

    def type(self, block, shown):
        commands = self.local(block.text)
        if block.words == "background":
            return self.leave_running(commands, shown)
        said = self.shell.run(commands)
        assert not shown or shows(shown, said), f"line {block.line} shows\n{shown}\nand the commands said\n{said}"
        return None

    def leave_running(self, commands, shown):
        mail = "aiosmtpd" in commands
        process = self.shell.start(f"exec {commands}", output=self.mailbox if mail else None)
        self.running.append(process)
        if mail:
            until(lambda: socket.create_connection(("127.0.0.1", int(self.ports[2])), 1).close() is None)
        else:
            said = "".join(process.stdout.readline() for _ in shown.splitlines())
            assert shows(shown, said), said

    # The steps, by the names of STEPS

    def open(self, address):
        self.reader.open(self.local(address))

    def click(self, label):
        self.reader.click(label)

    def press(self, label):
        self.messages = self.mailbox.read_text("utf-8").count("END MESSAGE")
        self.reader.press(label)

    def click_beside(self, label, beside):
        self.reader.click(f"{label} : {beside}")  # the words for those who do not see what it stands beside

    def press_beside(self, label, beside):
        self.reader.press(f"{label} : {beside}")

    def fill(self, label, value):
        self.reader.fill(label, self.shell.run(f'printf %s "{value}"') if value.startswith("$") else value)

    def access(self, label, address):
        said = until(
            lambda: re.search(
                rf"^To: {re.escape(address)}$.*?identifiant : (\S+)", self.mail(), re.MULTILINE | re.DOTALL
            )
        )
        self.reader.fill(label, said[1])

    def code(self, label):
        until(lambda: self.mail().count("END MESSAGE") > self.messages)
        self.reader.fill(label, re.findall(r"\b(\d{4} \d{4})\b", self.mail())[-1])

    def choose(self, label, option):
        self.reader.choose(label, option)

    def read(self, words):
        self.reader.sees(words)

    def note(self, label, name):
        number = re.search(rf"{re.escape(label)} (\d[\d ]*)", self.reader.words())
        assert number, f"no number after «{label}»\n{self.reader.words()}"
        self.shell.run(f"export {name}={number[1].replace(' ', '')}")

    def stop(self, _key):
        process = self.running.pop()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=SECONDS)

    def mail(self):
        return self.mailbox.read_text("utf-8")


def until(ready):
    """Wait for the answer of ``ready``, some seconds at most."""
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        try:
            if answer := ready():
                return answer
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("nothing came")


def free_ports():
    """Ports of this machine, for those of the page."""
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in PORTS]
        return [str(server.getsockname()[1]) for server in servers]


CURL = """import sys, urllib.request
*_, url = sys.argv
headers = dict([sys.argv[3].split(": ", 1)]) if "-H" in sys.argv else {}
print(urllib.request.urlopen(urllib.request.Request(url, headers=headers)).read().decode())"""


@pytest.fixture
def follower(shell):
    for name in ("register.csv", "practice"):
        source = TUTORIAL / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, shell.folder / name)
    if not shutil.which("curl"):
        (shell.folder.parent / "curl.py").write_text(CURL)
        shell.stand_in("curl", f'exec {sys.executable} {shell.folder.parent}/curl.py "$@"')
    shell.environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    return Follower(shell, free_ports())


@pytest.mark.slow
@pytest.mark.parametrize("page", ["tutorial/hold-your-first-meeting.md", "tutorial/hold-your-first-meeting.fr.md"])
def test_the_tutorial_does_what_it_says(follower, page):
    follower.shell.environ["OPPOSABLE_LANG"] = "fr" if page.endswith(".fr.md") else "en"
    follower.follow(page)


def test_both_languages_tell_the_same():
    told_in = [
        [(thing.language, thing.words) if isinstance(thing, Block) else thing[0] for thing in told(f"tutorial/{name}")]
        for name in ("hold-your-first-meeting.md", "hold-your-first-meeting.fr.md")
    ]
    assert told_in[0] == told_in[1]


def test_the_practice_clock_refuses_an_installation_that_is_dated_for_real(shell):
    (shell.folder / "home").mkdir()
    (shell.folder / "home/opposable.toml").write_text('origin = "a.example/2026"\ntsa = "https://tsa.example/"\n')
    shell.environ |= {"PYTHONPATH": str(TUTORIAL / "practice"), "OPPOSABLE_HOME": f"{shell.folder}/home"}
    assert "--version" not in shell.run("opposable --version")
    shell.environ["PRACTICE_SHIFT"] = "60"
    assert "it has the real time only" in shell.run("opposable --version", status=1)
