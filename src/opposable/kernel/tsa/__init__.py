"""«Horodatage» : asking a time-stamping authority (RFC 3161) to date a checkpoint, and a local one for the demo.

A token from somebody whom the operator does not control proves that the checkpoint, and all acts under it, existed then.
A token of the local authority proves nothing to anybody: it carries that in its name.
"""

from opposable.kernel.tsa.client import HttpTsa, Stamp, Tsa, TsaFault, open_tsa
from opposable.kernel.tsa.local import LOCAL_NAME, LocalTsa, serve_local_tsa

__all__ = ["LOCAL_NAME", "HttpTsa", "LocalTsa", "Stamp", "Tsa", "TsaFault", "open_tsa", "serve_local_tsa"]
