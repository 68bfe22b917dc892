"""The one exception family of the ledger: everything that does not hold up is a `LedgerError`."""

from __future__ import annotations


class LedgerError(ValueError):
    """Something given to the ledger is malformed, or does not prove what it claims."""


class CanonicalError(LedgerError):
    """A value outside the canonical JSON profile, or bytes that are not canonical."""


class ProofError(LedgerError):
    """A Merkle proof, tile or tree head that is malformed or does not verify."""


class NoteError(LedgerError):
    """A signed note, checkpoint, key or signature that is malformed or does not verify."""


class PolicyError(LedgerError):
    """A trust policy that is malformed, or that a signed checkpoint does not satisfy."""


class TokenError(LedgerError):
    """An RFC 3161 time-stamp response that is malformed or does not verify."""


class BundleError(LedgerError):
    """An evidence bundle that cannot be written or read."""


class ActError(LedgerError):
    """An act header or part that does not have the fixed shape."""
