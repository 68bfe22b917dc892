"""The commands of `opposable`, one module each with ``run(argv) -> int``."""

import argparse
import gc
import os
import re
from typing import Final

from opposable.law.terminal import language, words

_DIGITS: Final = re.compile(r"[0-9]{1,9}")


def start_django() -> None:
    """Load Django for a command that needs the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
    gc.disable()  # what is loaded lives to the end: looking it over for cycles was a tenth of what a command takes
    try:
        import django
        from django.apps import apps
        from django.utils import translation

        if not apps.ready:
            django.setup()
            gc.freeze()
    finally:
        gc.enable()
    translation.activate(language())  # what Django itself says, of a weak password for instance


def open_home() -> None:
    """Load Django for a command that works on an installation. Raises HomeError where there is none."""
    from opposable.kernel import home

    home.load(home.current())
    start_django()


def port(text: str) -> int:
    """A port with room for those that follow it (voting site, and in the demo mail server and witness), for argparse."""
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= 65_532:
        raise argparse.ArgumentTypeError(
            words(
                f"{text!r} n’est pas un port : un nombre de 1 à 65532", f"{text!r} is no port: a number from 1 to 65532"
            )
        )
    return int(text)


def count(text: str) -> int:
    """One or more, for argparse."""
    if not _DIGITS.fullmatch(text) or int(text) < 1:
        raise argparse.ArgumentTypeError(
            words(f"{text!r} n’est pas un nombre à partir de 1", f"{text!r} is not a number from 1 on")
        )
    return int(text)
