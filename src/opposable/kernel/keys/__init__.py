"""«Clés» : the keys that sign the log, where they live and how they change.

A private key is an encrypted PKCS#8 file (`file:keys/log.key`) or an object of a PKCS#11 token (`pkcs11:module=…`).
Public keys are kept for ever in ``keys/history.json``: a bundle of ten years ago is checked with the key of its day.
"""

from opposable.kernel.keys.files import KeyFault
from opposable.kernel.keys.passphrase import draw_passphrase, find_passphrase
from opposable.kernel.keys.pkcs8 import create_file_key, load_file_key
from opposable.kernel.keys.ring import KeyEntry, Keyring
from opposable.kernel.keys.signer import FileSigner, LogSigner, create_signer, open_signer

__all__ = [
    "FileSigner",
    "KeyEntry",
    "KeyFault",
    "Keyring",
    "LogSigner",
    "create_file_key",
    "create_signer",
    "draw_passphrase",
    "find_passphrase",
    "load_file_key",
    "open_signer",
]
