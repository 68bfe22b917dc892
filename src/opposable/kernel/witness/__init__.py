"""«Témoin» : somebody else's small program that remembers how long each log was, and cosigns only what continues it.

Both sides of C2SP tlog-witness: `serve` and `run` for whoever witnesses (an auditor, a works council, the other party),
`ask_witness` for the log. A log whose checkpoints are cosigned cannot show two pasts without a witness that lies too.
"""

from opposable.kernel.witness.client import WitnessAhead, WitnessFault, WitnessFork, ask_witness
from opposable.kernel.witness.command import run
from opposable.kernel.witness.core import Refusal, Witness
from opposable.kernel.witness.server import serve
from opposable.kernel.witness.setup import WitnessHome

__all__ = [
    "Refusal",
    "Witness",
    "WitnessAhead",
    "WitnessFault",
    "WitnessFork",
    "WitnessHome",
    "ask_witness",
    "run",
    "serve",
]
