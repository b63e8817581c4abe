"""Where the suite is, and who is calling."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import grpc

from tributary_client.calls import Credential

_OPTIONS: list[tuple[str, Any]] = [
    # Streams that are quiet for long notice when the other side is gone.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Details of errors are metadata. Of more than 8 KiB grpc drops some at random, of more than 16 KiB all.
    ("grpc.max_metadata_size", 256 * 1024),
]
_HERE = ("127.0.0.1", "localhost", "::1")


def credential(api_key: str | None, token: str | Callable[[], str] | None) -> Credential:
    """What goes into `authorization`, asked anew for each attempt."""
    if (api_key is None) == (token is None):
        raise ValueError("give either api_key or token")
    given = token if api_key is None else api_key
    if callable(given):
        return given
    text = str(given)
    return lambda: text


def from_environment(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments for a client: those given, the rest from TRIBUTARY_ENDPOINT and TRIBUTARY_API_KEY or TRIBUTARY_TOKEN."""
    names = ["endpoint"] if {"api_key", "token"} & given.keys() else ["endpoint", "api_key", "token"]
    found = {name: os.environ.get(f"TRIBUTARY_{name.upper()}") for name in names} | given
    if not found["endpoint"]:
        raise ValueError("TRIBUTARY_ENDPOINT is not set")
    return found


def open_channel(module: Any, endpoint: str, certificates: bytes | None) -> Any:
    """A channel of grpc or grpc.aio to `https://host:port`, or `http://host:port` where nobody listens in between."""
    if "://" not in endpoint:
        endpoint = f"http://{endpoint}"
        if urlsplit(endpoint).hostname not in _HERE:
            raise ValueError("say http:// or https:// in the endpoint; only on this machine it may be left out")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"{endpoint!r} is not http(s)://host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    target = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    if parts.scheme == "https":
        return module.secure_channel(target, grpc.ssl_channel_credentials(certificates), options=_OPTIONS)
    if certificates is not None:
        raise ValueError("root_certificates need https://")
    return module.insecure_channel(target, options=_OPTIONS)
