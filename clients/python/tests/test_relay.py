"""The façade on a real relay: the whole exchange, the problems, and the stream through the stapler."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import httpx
import pytest

from duet_relay import (
    AsyncRelay,
    Problem,
    RecipientRound,
    Relay,
    SenderRound,
    StaplerStream,
    hello_line,
    open_stapler_stream,
    suite_named,
)
from duet_relay.generated.models.stapler import Stapler
from duet_relay.generated.types import Unset

WORDS = "cactus-lemon-violin"


def named(stapler: Stapler | Unset) -> Stapler:
    assert isinstance(stapler, Stapler)
    return stapler


@contextlib.contextmanager
def from_address(address: str, url: str, uuid: str | None = None) -> Iterator[Relay]:
    """A caller from another address of this machine."""
    with Relay(url, uuid=uuid) as relay:
        headers = {"Authorization": f"Bearer {relay.uuid}"}
        transport = httpx.HTTPTransport(local_address=address)
        relay.client.set_httpx_client(httpx.Client(transport=transport, base_url=url, headers=headers))
        yield relay


@pytest.mark.parametrize("curve", ["ristretto255", "ristretto255+mlkem768"])
def test_the_whole_exchange_and_a_stream(relay_url: str, curve: str) -> None:
    suite = suite_named(curve)
    with Relay(relay_url) as sender, Relay(relay_url) as recipient:
        channel = sender.open_channel().channel
        proposal = SenderRound(suite, channel, WORDS)
        sender.post_x(channel, x=proposal.x, curve=curve)

        joined = recipient.open_channel(channel, role="recipient", wait=30)
        assert (joined.role, joined.x, joined.curve) == ("recipient", proposal.x, curve)
        answer = RecipientRound(suite, channel, WORDS, str(joined.x))
        recipient.post_y(channel, y=answer.y, hh_k=answer.hh_k)

        got = sender.get_y(channel, wait=30)
        agreed = proposal.finish(got.y, got.hh_k)
        sender.post_h_k(channel, agreed.keys.h_k)
        h_k = recipient.get_h_k(channel, wait=30).h_k
        assert answer.confirm(h_k).keys.of("s2r") == agreed.keys.of("s2r")

        sender_target = sender.target(sender.open_sender(channel).stapler)
        recipient_target = recipient.target(recipient.open_recipient(channel).stapler)
        sender_line = hello_line("sender", channel, sender.uuid, h_k)
        recipient_line = hello_line("recipient", channel, recipient.uuid, h_k)
        with StaplerStream.dial(sender_target, sender_line) as one:
            # Nobody waits for `stapled` before it speaks.
            one.sendall(b"from the sender")
            with StaplerStream.dial(recipient_target, recipient_line) as other:
                other.sendall(b"from the recipient")
                one.wait_until_stapled(30)
                other.wait_until_stapled(30)
                assert one.recv(100, 30) == b"from the recipient"
                assert other.recv(100, 30) == b"from the sender"
                assert sender.is_ready(channel, wait=30).ready
            assert one.recv(100, 30) == b""
        assert sender.close_channel(channel).message == "closed"
        with pytest.raises(Problem) as closed:
            recipient.get_channel(channel)
    assert closed.value.code == "closed"
    assert closed.value.extensions["reason"] == "done"


def test_two_peers_that_both_write_do_not_lock_up(relay_url: str) -> None:
    data = bytes(8 * 1024 * 1024)
    with stapled(relay_url) as (one, other):

        def write_all() -> None:
            other.sendall(data, 60)

        writer = threading.Thread(target=write_all)
        writer.start()
        # Neither reads until it has written 1 MiB, which no socket buffer of the path holds twice.
        one.sendall(data[: 1024 * 1024], 60)
        out = bytearray(len(data))
        view = memoryview(out)
        while view:
            view = view[one.recv_into(view, 60) :]
        writer.join()
        assert out == data


@contextlib.contextmanager
def stapled(url: str) -> Iterator[tuple[StaplerStream, StaplerStream]]:
    """Both ends of a connection."""
    with Relay(url) as sender, Relay(url) as recipient:
        channel, h_k, stapler = met(sender, recipient)
        line = hello_line("sender", channel, sender.uuid, h_k)
        other_line = hello_line("recipient", channel, recipient.uuid, h_k)
        with (
            StaplerStream.dial(sender.target(stapler), line) as one,
            StaplerStream.dial(recipient.target(stapler), other_line) as other,
        ):
            one.wait_until_stapled(30)
            other.wait_until_stapled(30)
            yield one, other


def met(sender: Relay, recipient: Relay) -> tuple[str, str, Stapler]:
    """A round that is agreed on."""
    suite = suite_named("ristretto255")
    channel = sender.open_channel().channel
    proposal = SenderRound(suite, channel, WORDS)
    sender.post_x(channel, x=proposal.x, curve=suite.curve)
    joined = recipient.open_channel(channel, role="recipient", wait=30)
    answer = RecipientRound(suite, channel, WORDS, str(joined.x))
    recipient.post_y(channel, y=answer.y, hh_k=answer.hh_k)
    got = sender.get_y(channel, wait=30)
    agreed = proposal.finish(got.y, got.hh_k)
    return channel, agreed.keys.h_k, named(sender.post_h_k(channel, agreed.keys.h_k).stapler)


def test_asyncio_does_the_same(relay_url: str) -> None:
    async def exchange() -> bytes:
        async with AsyncRelay(relay_url) as sender, AsyncRelay(relay_url) as recipient:
            channel = (await sender.open_channel()).channel
            suite = suite_named("ristretto255")
            proposal = SenderRound(suite, channel, WORDS)
            waiting = asyncio.create_task(recipient.open_channel(channel, role="recipient", wait=30))
            await sender.post_x(channel, x=proposal.x, curve=suite.curve)
            answer = RecipientRound(suite, channel, WORDS, str((await waiting).x))
            await recipient.post_y(channel, y=answer.y, hh_k=answer.hh_k)
            got = await sender.get_y(channel, wait=30)
            h_k = proposal.finish(got.y, got.hh_k).keys.h_k
            await sender.post_h_k(channel, h_k)
            assert (await recipient.get_h_k(channel, wait=30)).h_k == h_k
            target = sender.target((await sender.open_sender(channel)).stapler)
            await recipient.open_recipient(channel)
            (_, writer), (reader, other) = await asyncio.gather(
                open_stapler_stream(target, hello_line("sender", channel, sender.uuid, h_k)),
                open_stapler_stream(target, hello_line("recipient", channel, recipient.uuid, h_k)),
            )
            writer.write(b"through")
            writer.write_eof()
            data = await reader.read()
            writer.close()
            other.close()
            assert (await sender.health()).success
            assert isinstance((await sender.is_ready(channel)).ready, bool)
            assert (await sender.get_channel(channel)).channel == channel
            await sender.close_channel(channel)
            return data

    assert asyncio.run(exchange()) == b"through"


def test_problems_have_code_message_and_hint(relay_url: str) -> None:
    with Relay(relay_url) as sender, Relay(relay_url) as stranger:
        channel = sender.open_channel().channel

        def code_of(call: object) -> str:
            assert callable(call)
            with pytest.raises(Problem) as caught:
                call()
            problem = caught.value
            assert problem.message
            assert problem.hint
            assert str(problem).startswith(problem.message)
            assert problem.exit_code == 4
            assert problem.status is not None
            return problem.code

        assert code_of(lambda: stranger.get_y(channel)) == "not_yours"
        assert code_of(lambda: sender.get_y(channel)) == "not_yet"
        assert code_of(lambda: stranger.open_channel("no-such-channel", role="recipient")) == "unknown_channel"
        assert code_of(lambda: stranger.open_channel(channel)) == "channel_in_use"
        assert code_of(lambda: sender.post_h_k(channel, "A" * 43)) == "out_of_order"
        assert code_of(lambda: sender.post_x(channel, x="not a share", curve="ristretto255")) == "bad_request"


def test_bad_input_says_which_field(relay_url: str) -> None:
    with Relay(relay_url) as relay, pytest.raises(Problem) as caught:
        relay.open_channel("Not A Channel")
    assert caught.value.code == "bad_request"
    assert "channel" in str(caught.value.extensions["issues"])


def test_a_third_address_is_told_that_the_channel_is_full(relay_url: str) -> None:
    with from_address("127.0.0.1", relay_url) as sender, from_address("127.0.0.2", relay_url) as recipient:
        channel, _, _ = met(sender, recipient)
        with (
            from_address("127.0.0.3", relay_url, sender.uuid) as third,
            pytest.raises(Problem, match="channel is full") as caught,
        ):
            third.get_y(channel)
    assert (caught.value.code, caught.value.status) == ("channel_full", 403)


def test_the_stapler_says_why_it_refuses(relay_url: str) -> None:
    with Relay(relay_url) as sender, Relay(relay_url) as recipient:
        channel, _, stapler = met(sender, recipient)
        line = hello_line("sender", channel, sender.uuid, "A" * 43)
        with (
            StaplerStream.dial(sender.target(stapler), line) as stream,
            pytest.raises(Problem) as caught,
        ):
            stream.wait_until_stapled(30)
        assert (caught.value.code, caught.value.exit_code) == ("wrong_h_k", 4)


def test_a_relay_that_is_away_is_relay_unreachable() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with Relay(url, patience=0.1) as relay, pytest.raises(Problem) as caught:
            relay.health()
    assert (caught.value.code, caught.value.exit_code) == ("relay_unreachable", 4)
    assert caught.value.hint == "Check the address and the network."


@pytest.mark.parametrize("url", ["", "relay.example", "ftp://relay.example", "http://"])
def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(Problem) as caught:
        Relay(url)
    assert caught.value.code == "usage"


class Service(BaseHTTPRequestHandler):
    """Answers with what a test has laid ready, then with the last of it."""

    answers: ClassVar[list[tuple[int, str]]] = []

    def do_GET(self) -> None:
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, "hello", "relay_refused"),
        (200, "{}", "relay_refused"),
        (404, "<html>", "relay_refused"),
        (302, "", "relay_refused"),
        (502, "<html>", "relay_unreachable"),
        (418, '{"code": "teapot", "message": "m\\u001b[2J", "hint": "h"}', "teapot"),
        # Of this a person would believe that it was their words.
        (403, '{"code": "wrong_code", "message": "m", "hint": "h"}', "relay_refused"),
    ],
)
def test_what_is_not_a_relay_causes_only_what_a_relay_can(service: str, status: int, body: str, code: str) -> None:
    Service.answers = [(status, body)]
    with Relay(service, patience=0) as relay, pytest.raises(Problem) as caught:
        relay.get_y("4821")
    assert caught.value.code == code
    assert "\x1b" not in caught.value.message


def test_a_lost_answer_is_asked_for_again(service: str, relay_url: str) -> None:
    texts = dict.fromkeys(["type", "title", "detail", "message", "hint", "request_id"], "t")
    problem = texts | {"code": "shutting_down", "status": 503, "success": False}
    with Relay(relay_url) as relay:
        body = httpx.get(f"{relay_url}/health").text
        assert relay.health().success
    Service.answers = [(502, ""), (503, json.dumps(problem)), (200, body)]
    with Relay(service, patience=30) as relay:
        assert relay.health().success


def test_the_uuid_is_not_shown(relay_url: str) -> None:
    with Relay(relay_url) as relay:
        assert relay.uuid not in repr(relay)
        with pytest.raises(Problem) as caught:
            relay.get_y("no-such-channel")
        assert relay.uuid not in repr(caught.value) + str(caught.value)
