"""The evidence ledger, pure: canonical JSON, Merkle trees, tiles, signed notes, proofs, bundles and their checks.

No Django and no network: whoever holds a bundle and a policy can check it with this package alone.
"""

from opposable.ledger.errors import (
    ActError,
    BundleError,
    CanonicalError,
    LedgerError,
    NoteError,
    PolicyError,
    ProofError,
    TokenError,
)

__all__ = [
    "ActError",
    "BundleError",
    "CanonicalError",
    "LedgerError",
    "NoteError",
    "PolicyError",
    "ProofError",
    "TokenError",
]
