"""What a blocking and an asynchronous relay client share: who is calling, and where the relay turned out to be."""

from __future__ import annotations

import secrets
import socket
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from .generated import Client
from .generated.models.stapler import Stapler
from .problem import Problem

#: Longer than the longest `wait`, which is 30 s.
TIMEOUT_SECONDS: Final = 40.0
CONNECT_TIMEOUT_SECONDS: Final = 10.0
#: Lost calls are made again for so long. A relay may be starting in this very moment.
PATIENCE_SECONDS: Final = 1.5
_UUID_BYTES: Final = 16


def new_uuid() -> str:
    """An unguessable text that proves a seat."""
    return secrets.token_urlsafe(_UUID_BYTES)


@dataclass(frozen=True, slots=True)
class StaplerTarget:
    """Where to connect, so that the stapler sees the caller come from the address that the relay has counted."""

    host: str
    port: int
    family: socket.AddressFamily = socket.AF_UNSPEC


class Caller:
    """One caller of a relay. `uuid` is its capability: it goes into every request as Bearer, and is not shown.

    Args:
        url: of the relay.
        uuid: an earlier one, to take a seat again; a fresh one if not given.
        access_token: of a private relay.
        tls: how its certificate is checked, if not by the system's authorities.
    """

    def __init__(
        self, url: str, uuid: str | None = None, access_token: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Problem("usage", "the relay's address is not an http or https URL")
        self.url = url.rstrip("/")
        self.uuid = new_uuid() if uuid is None else uuid
        self._host = parts.hostname
        self._remote: tuple[str, socket.AddressFamily] | None = None
        self._headers = {"Authorization": f"Bearer {self.uuid}"}
        if access_token is not None:
            self._headers["X-Duet-Access-Token"] = access_token
        self._tls = tls

    def client(self, on_response: Any) -> Client:
        """A client of the generated code.

        The proxies of the environment are not used: through one of them the relay would see another address than the
        stapler does, and two addresses is all that a channel may have.
        """
        return Client(
            self.url,
            headers=self._headers,
            timeout=httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS),
            verify_ssl=True if self._tls is None else self._tls,
            raise_on_unexpected_status=True,
            httpx_args={"trust_env": False, "event_hooks": {"response": [on_response]}},
        )

    def note(self, response: httpx.Response) -> None:
        """Remembers the very address at which the relay was reached."""
        stream = response.extensions.get("network_stream")
        address = stream.get_extra_info("server_addr") if stream is not None else None
        if isinstance(address, tuple):
            family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
            self._remote = str(address[0]), family

    def target(self, stapler: Stapler) -> StaplerTarget:
        """Where the stapler is that the relay named."""
        host, family = self._remote or (self._host, socket.AF_UNSPEC)
        return StaplerTarget(stapler.host or host, stapler.port, family)
