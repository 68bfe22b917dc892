"""«Stockage objet». Segments in a bucket that speaks the S3 API: the same files, under the same names, by the same reader.

    [traffic]                                 opposable.toml
    storage = "s3://bucket/prefix"            where segments are written from now on; without it on this disk
    endpoint = "https://objects.example"      without it, AWS of the region
    region = "eu-west-3"

    keys/traffic/s3.key                       key id and secret, one a line, mode 600

An object is there whole or not at all, and its key holds the uid of a segment that no act has named yet: that is its temporary
name, and the act is what makes it lasting. The digest goes with the bytes, and is asked back before the act. An object is erased
when no version of it is listed any more.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from opposable.kernel.keys.files import read_private
from opposable.law import t
from opposable.systems.traffic.store.faults import StoreFault

KEY = Path("keys") / "traffic" / "s3.key"
GONE = ("404", "NoSuchKey", "NotFound")
SECONDS = 20
"""After so long without an answer a request is given up, and tried twice more."""
BATCH = 1_000


@dataclass(frozen=True, slots=True, repr=False)
class Bucket:
    """Where objects lie, and what opens it."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key_id: str
    secret: str

    @property
    def url(self) -> str:
        return f"s3://{self.name}/{self.prefix}"


def bucket() -> Bucket | None:
    """The bucket of the installation, or None where segments lie on the disk. Raises StoreFault when it is not set up in full."""
    given = settings.CONFIG.extra.get("traffic")
    if not isinstance(given, dict):
        return None
    return _bucket(settings.HOME, tuple(str(given.get(name, "")) for name in ("storage", "endpoint", "region")))


@functools.cache
def _bucket(home: Path, given: tuple[str, str, str]) -> Bucket | None:
    storage, endpoint, region = given
    if not storage:
        return None
    parts = urlsplit(storage)
    if parts.scheme != "s3" or not parts.netloc:
        raise StoreFault(
            t(
                "opposable.toml : storage = « {s} » ne nomme pas de seau ; écrivez s3://seau/préfixe.",
                "opposable.toml: storage = “{s}” names no bucket; write s3://bucket/prefix.",
            ).format(s=storage)
        )
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise StoreFault(
            t(
                "opposable.toml : endpoint = « {s} » n’est pas une adresse http ou https.",
                "opposable.toml: endpoint = “{s}” is no http or https address.",
            ).format(s=endpoint)
        )
    key_id, secret = _credentials(home / KEY)
    prefix = parts.path.strip("/")
    return Bucket(parts.netloc, f"{prefix}/" if prefix else "", endpoint, region or "us-east-1", key_id, secret)


def _credentials(path: Path) -> tuple[str, str]:
    try:
        lines = read_private(path).decode().split()
    except OSError as error:
        raise StoreFault(
            t(
                "La clé du stockage objet ne se lit pas ({why}) : mettez-la dans {p}, droits 600.",
                "The key of the object storage does not read ({why}): put it into {p}, mode 600.",
            ).format(p=path, why=error.strerror or error)
        ) from error
    if len(lines) != 2:
        raise StoreFault(
            t(
                "{p} doit tenir deux lignes : l’identifiant de la clé, puis le secret.",
                "{p} must hold two lines: the id of the key, then the secret.",
            ).format(p=path)
        )
    return lines[0], lines[1]


@functools.cache
def _client(of: Bucket) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError as error:
        raise StoreFault(
            t(
                "Le stockage objet demande boto3 : pip install opposable[s3].",
                "Object storage needs boto3: pip install opposable[s3].",
            )
        ) from error
    config = Config(
        connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": 2}, s3={"addressing_style": "path"}
    )
    return boto3.session.Session(of.key_id, of.secret, region_name=of.region).client(
        "s3", endpoint_url=of.endpoint or None, config=config
    )


def secret_sql(of: Bucket) -> str:
    """What the engine must be told to read from the bucket."""

    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    address = urlsplit(of.endpoint)
    where = f", ENDPOINT {quoted(address.netloc + address.path.rstrip('/'))}" if of.endpoint else ""
    return (
        f"CREATE OR REPLACE SECRET segments (TYPE s3, SCOPE {quoted(f's3://{of.name}/')}, KEY_ID {quoted(of.key_id)},"
        f" SECRET {quoted(of.secret)}, REGION {quoted(of.region)}, URL_STYLE 'path',"
        f" USE_SSL {str(address.scheme != 'http').lower()}{where})"
    )


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Faults of the storage in words; an object that is not there is FileNotFoundError, as on a disk."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in GONE:
            raise FileNotFoundError(what) from error
        raise StoreFault(_WORDS.get(code, _WORDS[""]).format(what=what, code=code)) from error
    except BotoCoreError as error:
        raise StoreFault(
            t(
                "Le stockage objet ne répond pas pour {what} ({why}) : vérifiez endpoint dans opposable.toml.",
                "The object storage does not answer for {what} ({why}): check endpoint in opposable.toml.",
            ).format(what=what, why=type(error).__name__)
        ) from error


_DENIED = t(
    "Le stockage objet refuse l’accès à {what} ({code}) : vérifiez keys/traffic/s3.key et les droits du seau.",
    "The object storage refuses access to {what} ({code}): check keys/traffic/s3.key and the rights on the bucket.",
)
_WORDS = {
    "NoSuchBucket": t(
        "Le seau de {what} n’existe pas : créez-le, ou corrigez storage dans opposable.toml.",
        "The bucket of {what} does not exist: create it, or correct storage in opposable.toml.",
    ),
    **dict.fromkeys(("403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"), _DENIED),
    "": t(
        "Le stockage objet n’a pas fait ce qui était demandé pour {what} ({code}).",
        "The object storage did not do what was asked for {what} ({code}).",
    ),
}


@dataclass(frozen=True, slots=True)
class Remote:
    """One object, with what the store asks of a path."""

    bucket: Bucket
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket.name}/{self.key}"

    @property
    def name(self) -> str:
        return PurePosixPath(self.key).name

    def with_suffix(self, suffix: str) -> Remote:
        return Remote(self.bucket, str(PurePosixPath(self.key).with_suffix(suffix)))

    def exists(self) -> bool:
        """Whether it can be read. Raises StoreFault when the storage does not say."""
        try:
            self._head()
        except FileNotFoundError:
            return False
        return True

    def read_bytes(self) -> bytes:
        with _said(str(self)):
            data: bytes = self._ask("get_object")["Body"].read()
            return data

    def open(self, mode: str = "rb") -> io.BytesIO:
        return io.BytesIO(self.read_bytes())

    def put(self, data: bytes) -> None:
        """Write it; it is there, whole and as given, when this returns. Raises StoreFault."""
        digest = hashlib.sha256(data).digest()
        with _said(str(self)):
            self._ask("put_object", Body=data, ChecksumSHA256=base64.b64encode(digest).decode())
        head = self._head(ChecksumMode="ENABLED")
        kept = head.get("ChecksumSHA256")
        # A storage that keeps no digest is read back.
        same = base64.b64decode(kept) == digest if kept else hashlib.sha256(self.read_bytes()).digest() == digest
        if head["ContentLength"] != len(data) or not same:
            self.erase()
            raise StoreFault(
                t(
                    "{what} n’est pas dans le stockage objet tel qu’il a été écrit : il en est retiré, recommencez.",
                    "{what} is not in the object storage as it was written: it was taken out, try again.",
                ).format(what=self)
            )

    def left(self) -> list[str]:
        """The versions of it that are still there, markers of deletion too."""
        return [version for key, version, _ in _versions(self.bucket, self.key) if key == self.key]

    def erase(self) -> bool:
        """Delete every version. Raises StoreFault when one is left: a lock, a right that is missing. Returns whether any was there."""
        there = self.left()
        for start in range(0, len(there), BATCH):
            gone = [{"Key": self.key, "VersionId": version} for version in there[start : start + BATCH]]
            with _said(str(self)):
                _client(self.bucket).delete_objects(Bucket=self.bucket.name, Delete={"Objects": gone, "Quiet": True})
        if there and (left := self.left()):
            raise StoreFault(
                t(
                    "{what} est encore dans le stockage objet ({n} versions) : un verrou ou un droit manquant l’y garde.",
                    "{what} is still in the object storage ({n} versions): a lock or a missing right keeps it there.",
                ).format(what=self, n=len(left))
            )
        return bool(there)

    def _head(self, **more: Any) -> Any:
        with _said(str(self)):
            try:
                return self._ask("head_object", **more)
            except _client(self.bucket).exceptions.ClientError as error:
                if str(error.response["Error"]["Code"]) == "404":  # says nothing of the bucket
                    _client(self.bucket).list_objects_v2(Bucket=self.bucket.name, MaxKeys=1, Prefix=self.key)
                raise

    def _ask(self, verb: str, **more: Any) -> Any:
        return getattr(_client(self.bucket), verb)(Bucket=self.bucket.name, Key=self.key, **more)


def remote(of: Bucket, *parts: str) -> Remote:
    return Remote(of, of.prefix + "/".join(parts))


def everything(of: Bucket) -> Iterator[tuple[Remote, datetime]]:
    """Every object of which a version is listed under the prefix, and when its latest was written."""
    latest: dict[str, datetime] = {}
    for key, _, at in _versions(of, of.prefix):
        latest[key] = max(at, latest.get(key, at))
    for key, at in sorted(latest.items()):
        yield Remote(of, key), at


def _versions(of: Bucket, prefix: str) -> Iterator[tuple[str, str, datetime]]:
    with _said(f"s3://{of.name}/{prefix}"):
        for page in _client(of).get_paginator("list_object_versions").paginate(Bucket=of.name, Prefix=prefix):
            for one in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                yield one["Key"], one["VersionId"], one["LastModified"]
