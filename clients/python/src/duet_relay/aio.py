"""The relay's API for asyncio: the same as `relay`, with methods to await."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Self, TypeVar

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
from .relay import CloseReason, Role

T = TypeVar("T")


class AsyncRelay:
    """`Relay` for asyncio, with the same arguments. Cancelling a task ends its call."""

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
        self._client = self._caller.client(self._note)
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

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.get_async_httpx_client().aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(self, request: Callable[[], Awaitable[Response[T | ProblemDocument]]]) -> T:
        """Makes any call of the generated code, with the retries and the exception of this class.

        `await relay.call(lambda: some_procedure.asyncio_detailed(client=relay.client))`
        """
        retry = Retry(self.patience)
        while True:
            try:
                try:
                    return answer_or_problem(await request())
                except (httpx.HTTPError, httpx.InvalidURL, UnexpectedStatus, *DECODING_ERRORS) as error:
                    raise problem_of(error) from error
            except Problem as problem:
                await asyncio.sleep(retry.delay_after(problem))

    async def health(self) -> Health:
        """What the relay is, and its limits."""
        return await self.call(lambda: health.asyncio_detailed(client=self._client))

    async def open_channel(
        self, channel: str | None = None, *, role: Role = "sender", wait: int | Unset = UNSET
    ) -> OpenedChannel:
        """Steps 1 and 5: takes a seat. A sender that names no channel is given one."""
        body = OpenChannelBody(channel=UNSET if channel is None else channel, role=role)
        return await self.call(lambda: open_channel.asyncio_detailed(client=self._client, body=body, wait=wait))

    async def get_channel(
        self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET
    ) -> ChannelState:
        """Step 5: the public state of a channel in which this caller has a seat."""
        return await self.call(
            lambda: get_channel.asyncio_detailed(channel, client=self._client, round_=round_, wait=wait)
        )

    async def post_x(self, channel: str, *, x: str, curve: str, round_: int | Unset = UNSET) -> PostedShare:
        """Step 3: the sender's share."""
        body = SenderShare(x=x, curve=curve, round_=round_)
        return await self.call(lambda: post_to_channel.asyncio_detailed(channel, client=self._client, body=body))

    async def post_y(self, channel: str, *, y: str, hh_k: str, round_: int | Unset = UNSET) -> PostedShare:
        """Step 7: the recipient's answer."""
        body = RecipientShare(y=y, hh_k=hh_k, round_=round_)
        return await self.call(lambda: post_to_channel.asyncio_detailed(channel, client=self._client, body=body))

    async def get_y(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ReceivedY:
        """Step 7: the sender reads the answer."""
        return await self.call(lambda: get_y.asyncio_detailed(channel, client=self._client, round_=round_, wait=wait))

    async def post_h_k(self, channel: str, h_k: str, *, round_: int | Unset = UNSET) -> PostedHk:
        """Step 9: the sender has checked `hh_k` and shows that it holds the same key."""
        body = PostHkBody(h_k=h_k, round_=round_)
        return await self.call(lambda: post_hk.asyncio_detailed(channel, client=self._client, body=body))

    async def get_h_k(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ReceivedHk:
        """Step 10: the recipient reads it."""
        return await self.call(lambda: get_hk.asyncio_detailed(channel, client=self._client, round_=round_, wait=wait))

    async def open_sender(self, channel: str, *, round_: int | Unset = UNSET) -> OpenedConnection:
        """Step 11: where the sender connects to."""
        body = OpenSenderPostBody(round_=round_)
        return await self.call(lambda: open_sender_post.asyncio_detailed(channel, client=self._client, body=body))

    async def open_recipient(self, channel: str, *, round_: int | Unset = UNSET) -> OpenedConnection:
        """Step 13: where the recipient connects to."""
        body = OpenRecipientPostBody(round_=round_)
        return await self.call(lambda: open_recipient_post.asyncio_detailed(channel, client=self._client, body=body))

    async def is_ready(self, channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> Readiness:
        """Step 16: whether the recipient is there."""
        return await self.call(
            lambda: is_ready.asyncio_detailed(channel, client=self._client, round_=round_, wait=wait)
        )

    async def close_channel(
        self, channel: str, *, reason: CloseReason = "done", round_: int | Unset = UNSET
    ) -> ClosedChannel:
        """Step 18: ends the channel for both sides. The first reason stands."""
        body = CloseChannelPostBody(reason=reason, round_=round_)
        return await self.call(lambda: close_channel_post.asyncio_detailed(channel, client=self._client, body=body))

    def target(self, stapler: Stapler) -> StaplerTarget:
        """Where to connect to a stapler that the relay named in an answer."""
        return self._caller.target(stapler)

    async def _note(self, response: httpx.Response) -> None:
        self._caller.note(response)
