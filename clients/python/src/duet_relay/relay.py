"""The relay's API for blocking code: PROTOCOL.md section 2, one method for each procedure."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Literal, Self, TypeVar

import httpx

from ._answers import DECODING_ERRORS, answer_or_problem, problem_of
from ._connection import PATIENCE_SECONDS, Caller, StaplerTarget
from ._retry import Retry
from .generated import Client
from .generated.api.channel import close_channel_post, get_channel, open_channel, post_to_channel
from .generated.api.recipient import get_hk, open_recipient_post
from .generated.api.relay import health
from .generated.api.sender import get_y, is_ready, open_sender_post, post_hk
from .generated.errors import UnexpectedStatus
from .generated.models import (
    ChannelState,
    CloseChannelPostBody,
    ClosedChannel,
    Health,
    OpenChannelBody,
    OpenedChannel,
    OpenedConnection,
    OpenRecipientPostBody,
    OpenSenderPostBody,
    PostedHk,
    PostedShare,
    PostHkBody,
    Readiness,
    ReceivedHk,
    ReceivedY,
    RecipientShare,
    SenderShare,
    Stapler,
)
from .generated.models.problem import Problem as ProblemDocument
from .generated.types import UNSET, Response, Unset
from .problem import Problem

T = TypeVar("T")

Role = Literal["sender", "recipient"]
CloseReason = Literal["done", "wrong-code", "interfered", "declined", "cancelled", "failed"]


class Relay:
    """One caller of a relay: whoever opens a seat with it holds that seat in all further calls.

    A lost call is made again for `patience` seconds. Every method raises `Problem`: with the relay's own code, with
    `relay_unreachable` when no relay answers, with `relay_refused` when something else does. `wait` is for how many
    seconds the relay may hold the answer back until there is something to say, at most 30.

    Args:
        url: of the relay, such as `https://relay.example`.
        uuid: the capability of an earlier caller, to take its seat again; a fresh one if not given.
        patience: for how many seconds a lost call is made again.
        access_token: of a private relay.
        tls: how its certificate is checked, if not by the system's authorities.
    """

    def __init__(
        self,
        url: str,
        *,
        uuid: str | None = None,
        patience: float = PATIENCE_SECONDS,
        access_token: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._caller = Caller(url, uuid, access_token, tls)
        self._client = self._caller.client(self._caller.note)
        self.patience = patience

    @property
    def url(self) -> str:
        """The address of the relay."""
        return self._caller.url

    @property
    def uuid(self) -> str:
        """What proves the seats of this caller. Secret."""
        return self._caller.uuid

    @property
    def client(self) -> Client:
        """The generated client, for `call`."""
        return self._client

    def close(self) -> None:
        """Closes the connections."""
        self._client.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, request: Callable[[], Response[T | ProblemDocument]]) -> T:
        """Makes any call of the generated code, with the retries and the exception of this class.

        `relay.call(lambda: some_procedure.sync_detailed(client=relay.client))`
        """
        retry = Retry(self.patience)
        while True:
            try:
                try:
                    return answer_or_problem(request())
                except (httpx.HTTPError, httpx.InvalidURL, UnexpectedStatus, *DECODING_ERRORS) as error:
                    raise problem_of(error) from error
            except Problem as problem:
                time.sleep(retry.delay_after(problem))

    def health(self) -> Health:
        """What the relay is, and its limits."""
        return self.call(lambda: health.sync_detailed(client=self._client))

    def open_channel(
        self, channel: str | None = None, *, role: Role = "sender", wait: int | Unset = UNSET
    ) -> OpenedChannel:
        """Steps 1 and 5: takes a seat. A sender that names no channel is given one."""
        body = OpenChannelBody(channel=UNSET if channel is None else channel, role=role)
        return self.call(lambda: open_channel.sync_detailed(client=self._client, body=body, wait=wait))

    def get_channel(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ChannelState:
        """Step 5: the public state of a channel in which this caller has a seat."""
        return self.call(lambda: get_channel.sync_detailed(channel, client=self._client, round_=round_, wait=wait))

    def post_x(self, channel: str, *, x: str, curve: str, round_: int | Unset = UNSET) -> PostedShare:
        """Step 3: the sender's share."""
        body = SenderShare(x=x, curve=curve, round_=round_)
        return self.call(lambda: post_to_channel.sync_detailed(channel, client=self._client, body=body))

    def post_y(self, channel: str, *, y: str, hh_k: str, round_: int | Unset = UNSET) -> PostedShare:
        """Step 7: the recipient's answer."""
        body = RecipientShare(y=y, hh_k=hh_k, round_=round_)
        return self.call(lambda: post_to_channel.sync_detailed(channel, client=self._client, body=body))

    def get_y(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ReceivedY:
        """Step 7: the sender reads the answer."""
        return self.call(lambda: get_y.sync_detailed(channel, client=self._client, round_=round_, wait=wait))

    def post_h_k(self, channel: str, h_k: str, *, round_: int | Unset = UNSET) -> PostedHk:
        """Step 9: the sender has checked `hh_k` and shows that it holds the same key."""
        body = PostHkBody(h_k=h_k, round_=round_)
        return self.call(lambda: post_hk.sync_detailed(channel, client=self._client, body=body))

    def get_h_k(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ReceivedHk:
        """Step 10: the recipient reads it."""
        return self.call(lambda: get_hk.sync_detailed(channel, client=self._client, round_=round_, wait=wait))

    def open_sender(self, channel: str, *, round_: int | Unset = UNSET) -> OpenedConnection:
        """Step 11: where the sender connects to."""
        body = OpenSenderPostBody(round_=round_)
        return self.call(lambda: open_sender_post.sync_detailed(channel, client=self._client, body=body))

    def open_recipient(self, channel: str, *, round_: int | Unset = UNSET) -> OpenedConnection:
        """Step 13: where the recipient connects to."""
        body = OpenRecipientPostBody(round_=round_)
        return self.call(lambda: open_recipient_post.sync_detailed(channel, client=self._client, body=body))

    def is_ready(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> Readiness:
        """Step 16: whether the recipient is there."""
        return self.call(lambda: is_ready.sync_detailed(channel, client=self._client, round_=round_, wait=wait))

    def close_channel(
        self, channel: str, *, reason: CloseReason = "done", round_: int | Unset = UNSET
    ) -> ClosedChannel:
        """Step 18: ends the channel for both sides. The first reason stands."""
        body = CloseChannelPostBody(reason=reason, round_=round_)
        return self.call(lambda: close_channel_post.sync_detailed(channel, client=self._client, body=body))

    def target(self, stapler: Stapler) -> StaplerTarget:
        """Where to connect to a stapler that the relay named in an answer."""
        return self._caller.target(stapler)
