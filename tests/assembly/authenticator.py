"""A telephone that makes and uses passkeys: WebAuthn as a browser answers it, in software."""

import hashlib
import json
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

FLAG = AuthenticatorData.FLAG


class Authenticator:
    """One passkey of one person, on one origin."""

    def __init__(self, origin, rp_id):
        self.origin, self.rp_id = origin, rp_id
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(32)
        self.user = b""

    def make(self, options):
        """The answer to a creation challenge."""
        asked = options["publicKey"]
        self.user = websafe_decode(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        auth = AuthenticatorData.create(self._rp(), FLAG.UP | FLAG.UV | FLAG.AT, 0, data)
        client = self._client("webauthn.create", asked["challenge"])
        answer = {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(AttestationObject.create("none", auth, {})),
        }
        return self._answer(answer)

    def use(self, options, *, verified=True):
        """The answer to an identification challenge."""
        flags = FLAG.UP | FLAG.UV if verified else FLAG.UP
        auth = AuthenticatorData.create(self._rp(), flags, 1)
        client = self._client("webauthn.get", options["publicKey"]["challenge"])
        signature = self.key.sign(auth + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        answer = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(auth),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(self.user),
        }
        return self._answer(answer)

    def _answer(self, response):
        name = websafe_encode(self.id)
        return json.dumps(
            {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        )

    def _rp(self):
        return hashlib.sha256(self.rp_id.encode()).digest()

    def _client(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()
