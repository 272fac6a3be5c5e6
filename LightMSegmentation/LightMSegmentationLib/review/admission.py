"""Who may talk to the review server: hosts, origins, tokens and the cookies of browsers."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from LightMSegmentationLib.imaging.atomic import atomic_path

if TYPE_CHECKING:
    from pathlib import Path

COOKIE = "lightm_review"

_KEY_BYTES = 32
_ID_BYTES = 16


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this computer only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def new_token() -> str:
    """Return a token that can't be guessed, fit for an address."""
    return secrets.token_urlsafe(24)


def cookie_key(path: Path) -> bytes:
    """Return the key that signs cookies, made on first use in a file that only the user can read.

    It outlives the server, so that a browser is the same reviewer after a restart and finds its edits again.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    if len(key) != _KEY_BYTES:
        key = secrets.token_bytes(_KEY_BYTES)
        with atomic_path(path) as temporary:
            temporary.touch(mode=0o600)
            temporary.write_bytes(key)
    return key


@dataclass(frozen=True)
class Admission:
    """The rules of one server.

    ``host`` is the address that it listens on. With a ``token``, only browsers that showed it come in: their cookies
    are signed with it, too. Without one, the server must listen on a loopback address.
    """

    host: str
    key: bytes
    token: str | None = None

    def host_is_known(self, host_header: str) -> bool:
        """Tell whether a request's ``Host`` may be ours.

        On a loopback address only loopback names are: a foreign page whose name was turned to 127.0.0.1 (DNS
        rebinding) comes with its own name.
        """
        name = urlsplit(f"//{host_header}").hostname or ""
        return is_loopback(name) if is_loopback(self.host) else bool(name)

    @staticmethod
    def origin_is_ours(origin: str | None, host_header: str) -> bool:
        """Tell whether a request that acts comes from our own page; browsers send ``Origin`` with each of them."""
        return origin is not None and urlsplit(origin).netloc == host_header

    def token_is_right(self, given: str | None) -> bool:
        """Tell whether ``given`` is the token; without a token nothing is asked."""
        return self.token is None or (given is not None and hmac.compare_digest(given.encode(), self.token.encode()))

    def new_cookie(self) -> str:
        """Return the cookie of a new reviewer."""
        reviewer = secrets.token_hex(_ID_BYTES)
        return f"{reviewer}.{self._signature(reviewer)}"

    def reviewer_of(self, cookie: str | None) -> str | None:
        """Return the reviewer whom a cookie names, or None where it is missing or not signed by us."""
        reviewer, _, signature = (cookie or "").partition(".")
        known = hmac.compare_digest(signature.encode(), self._signature(reviewer).encode())
        return reviewer if reviewer and known else None

    def _signature(self, reviewer: str) -> str:
        text = f"{reviewer}\0{self.token or ''}"
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()
