"""`opposable isms`: consistency, evidence, decisions, imports, signed OSCAL."""

from __future__ import annotations

import sys

from opposable.law import LawError, Refused
from opposable.law.terminal import language, say
from opposable.ledger.errors import sentence
from opposable.systems.isms.commands import deciding, exchange, looking
from opposable.systems.isms.commands.common import Misuse
from opposable.systems.isms.commands.parser import parser
from opposable.systems.isms.exchange import libraries, tables
from opposable.systems.isms.exchange.fault import ReplayFault

MISUSE = 2


def run(argv: list[str]) -> int:
    """Run one verb."""
    given = parser().parse_args(argv)
    try:
        return VERBS[given.verb](given)
    except (Misuse, OSError) as error:
        print(sentence(error, language()) if isinstance(error, OSError) else error, file=sys.stderr)
        return MISUSE
    except (Refused, LawError, tables.TableFault, libraries.LibraryFault, ReplayFault) as error:
        text = error.reason if isinstance(error, Refused) else error.text
        print(say(text), file=sys.stderr)
        return 1


VERBS = {
    "list": looking.list_scopes,
    "check": looking.check,
    "collect": looking.collect,
    "export-oscal": exchange.export_oscal,
    "import-risks": exchange.import_risks,
    "import-library": exchange.import_library,
    "import-oscal": exchange.import_oscal,
    "open": looking.open_scope,
    "draft": looking.draft,
    "export-statement": exchange.export_statement,
    "import-statement": exchange.import_statement,
    "evidence-file": looking.evidence_file,
    "replay": looking.replay_item,
    "referential": looking.labels,
    "import-text": exchange.import_text,
    "import-map": exchange.import_map,
    "accept": deciding.accept,
    "publish": deciding.publish,
    "undo-import": deciding.undo_import,
}
