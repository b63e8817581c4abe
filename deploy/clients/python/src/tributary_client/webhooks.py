"""Verifies that a webhook comes from the suite, after Standard Webhooks (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

#: Seconds that the time of a webhook may differ from ours.
TOLERANCE = 300


class WebhookError(Exception):
    """The request is not to be believed; answer 400 and do nothing."""


class WebhookVerifier:
    """Knows the secrets of a webhook: `whsec_…` (HMAC-SHA256) or `whpk_…` (the public key of Ed25519; needs the extra
    `ed25519`). While secrets are rotated give both, the new one and the old one."""

    def __init__(self, *secrets: str, tolerance: float = TOLERANCE, clock: Callable[[], float] = time.time) -> None:
        if not secrets:
            raise ValueError("give at least one secret")
        self._checks = [_check_of(secret) for secret in secrets]
        self._tolerance = tolerance
        self._clock = clock

    def verify(self, body: bytes, headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, Any]:
        """The event, a CloudEvent in JSON, once the body as it was received is verified. Raises WebhookError."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        said = {name.lower(): value for name, value in pairs}
        try:
            event_id, timestamp = said["webhook-id"], said["webhook-timestamp"]
            signatures = said["webhook-signature"].split(" ")
        except KeyError as missing:
            raise WebhookError(f"the header {missing} is missing") from None
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20):
            raise WebhookError("webhook-timestamp is no time")
        if abs(self._clock() - int(timestamp)) > self._tolerance:
            raise WebhookError("webhook-timestamp is too far from now")
        signed = f"{event_id}.{timestamp}.".encode() + body
        if not any(check(signature, signed) for check in self._checks for signature in signatures):
            raise WebhookError("no signature is by a secret that is known here")
        event: dict[str, Any] = json.loads(body)
        return event


def _check_of(secret: str) -> Callable[[str, bytes], bool]:
    scheme, separator, key = secret.rpartition("_")
    if scheme == "whpk":
        return _ed25519(_decoded(key, "the public key"))
    if scheme == "whsec" or not separator:
        return _hmac(_decoded(key, "the secret"))
    raise ValueError("a secret begins with whsec_ or whpk_")


def _hmac(key: bytes) -> Callable[[str, bytes], bool]:
    def check(signature: str, signed: bytes) -> bool:
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(wanted.encode(), signature.encode())

    return check


def _ed25519(key: bytes) -> Callable[[str, bytes], bool]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    public = Ed25519PublicKey.from_public_bytes(key)

    def check(signature: str, signed: bytes) -> bool:
        version, _, encoded = signature.partition(",")
        if version != "v1a":
            return False
        try:
            public.verify(base64.b64decode(encoded, validate=True), signed)
        except (InvalidSignature, binascii.Error):
            return False
        return True

    return check


def _decoded(key: str, what: str) -> bytes:
    try:
        decoded = base64.b64decode(key, validate=True)
    except binascii.Error:
        raise ValueError(f"{what} is not base64") from None
    if not decoded:
        # With an empty key anybody could sign.
        raise ValueError(f"{what} is empty; is the variable set that it comes from?")
    return decoded
