"""A transfer whose connection breaks or is tampered with, and peers and relays that do not keep to the rules."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from duet_relay import (
    PLAIN,
    Code,
    Entry,
    Manifest,
    Problem,
    RecipientMeeting,
    Relay,
    SenderMeeting,
    SenderRound,
    StaplerStream,
    open_source,
    receive_files,
    send_files,
)
from duet_relay.generated.models import ReceivedHk
from duet_relay.generated.types import UNSET, Unset
from duet_relay.protocol.accept import Acceptance
from duet_relay.protocol.body import frame_header
from duet_relay.protocol.messages import SMALL_BYTES_MAX, Ack, End
from duet_relay.transfer.connection import SecureConnection
from duet_relay.transfer.session import run_connections

#: Behind the hello and the list of a transfer, in the first chunk of the file.
IN_THE_FILE = 3000
CONTENT = bytes(range(256)) * 400


class Flaky:
    """Damages what a recipient reads: at each number of bytes that is given, on one connection after the other."""

    def __init__(self, meeting: RecipientMeeting, places: list[int], damage: Callable[[memoryview], None]) -> None:
        self._dial = meeting.dial
        self._places = places
        self._damage = damage
        self.connections = 0

    def __call__(self, patience: float | None = None) -> StaplerStream:
        stream = self._dial(patience)
        self.connections += 1
        if self._places:
            place, plain, read = self._places.pop(0), stream.recv_into, 0

            def recv_into(out: memoryview, timeout: float | None = None) -> int:
                nonlocal read
                size = plain(out, timeout)
                if read <= place < read + size:
                    self._damage(out[place - read : place - read + 1])
                read += size
                return size

            stream.recv_into = recv_into  # type: ignore[method-assign]
        return stream


def flip(byte: memoryview) -> None:
    byte[0] ^= 1


def lose(_byte: memoryview) -> None:
    raise Problem("connection_lost")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


class Pair:
    """A sender and a recipient of one code."""

    def __init__(self, url: str) -> None:
        self.sender_relay, self.recipient_relay = Relay(url), Relay(url)
        self.sender = SenderMeeting(self.sender_relay, wait_for_peer=30)
        self.code = self.sender.open()
        self.recipient = RecipientMeeting(self.recipient_relay, self.code, wait_for_peer=30)

    def flaky(self, places: list[int], damage: Callable[[memoryview], None]) -> Flaky:
        flaky = Flaky(self.recipient, places, damage)
        self.recipient.dial = flaky  # type: ignore[method-assign]
        return flaky


@pytest.fixture
def pair(relay_url: str) -> Iterator[Pair]:
    made = Pair(relay_url)
    yield made
    made.sender_relay.close()
    made.recipient_relay.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sent.bin"
    path.write_bytes(CONTENT)
    return path


def problem_of(future: Future[Any]) -> str:
    error = future.exception(60)
    assert isinstance(error, Problem), error
    return error.code


def ignore(_message: str) -> None:
    pass


@pytest.mark.parametrize("damage", [flip, lose])
@pytest.mark.parametrize("place", [0, 30, 150, IN_THE_FILE])
def test_a_connection_that_is_damaged_or_lost_is_made_again(
    place: int, damage: Callable[[memoryview], None], pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    flaky = pair.flaky([place], damage)
    sending = pool.submit(send_files, pair.sender, open_source([file]), ignore)
    received = receive_files(pair.recipient, tmp_path / "out")
    assert flaky.connections == 2
    assert sending.result(60).size == received.size == len(CONTENT)
    assert (tmp_path / "out" / "sent.bin").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["sent.bin"]


def test_files_that_are_complete_are_not_sent_again(
    pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    first.write_bytes(b"x" * 50_000)
    pair.flaky([100_000], lose)
    sending = pool.submit(send_files, pair.sender, open_source([first, file]), ignore)
    received = receive_files(pair.recipient, tmp_path / "out")
    assert sending.result(60).size == received.size
    assert received.files == 2
    assert (tmp_path / "out" / "first").read_bytes() == b"x" * 50_000
    assert (tmp_path / "out" / "sent.bin").read_bytes() == CONTENT


def test_the_third_forged_record_is_interfered(
    pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    pair.flaky([IN_THE_FILE] * 3, flip)
    sending = pool.submit(send_files, pair.sender, open_source([file]), ignore)
    with pytest.raises(Problem) as caught:
        receive_files(pair.recipient, tmp_path / "out")
    assert (caught.value.code, caught.value.exit_code) == ("interfered", 3)
    assert problem_of(sending) == "interfered"
    assert not list((tmp_path / "out").iterdir())


def test_a_recipient_that_declines_is_exit_5_at_the_sender(
    pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    sending = pool.submit(send_files, pair.sender, open_source([file]), ignore)
    with pytest.raises(Problem, match="declined"):
        receive_files(pair.recipient, tmp_path / "out", lambda manifest: len(manifest.entries) > 1)
    assert problem_of(sending) == "declined"
    assert not list((tmp_path / "out").iterdir())


def test_a_file_that_shrinks_is_given_up_and_the_others_arrive(
    pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text("whole")
    source = open_source([file, other])
    file.write_bytes(CONTENT[:100])
    warnings: list[str] = []
    sending = pool.submit(send_files, pair.sender, source, warnings.append)
    received = receive_files(pair.recipient, tmp_path / "out")
    assert (received.files, received.failed) == (1, 1)
    assert sending.result(60).failed == ("sent.bin",)
    assert warnings == ["sent.bin cannot be read: it is shorter than it was"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["other"]


def offering(manifest: bytes) -> Callable[[SecureConnection], None]:
    """A sender that says this, whatever it is, and waits for the answer."""

    def serve(connection: SecureConnection) -> None:
        connection.send("manifest", manifest)
        connection.receive("accept")

    return serve


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/evil", "a/../../evil", "nul", "evil\n", "d/", "a\\b"], ids=lambda path: repr(path)
)
def test_an_offer_with_a_hostile_path_writes_nothing(
    path: str, pair: Pair, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    lines = b"".join(Manifest.of_files((Entry("good", "file", 0), Entry(path, "file", 0))).lines())
    sending = pool.submit(run_connections, pair.sender, offering(lines))
    with pytest.raises(Problem) as caught:
        receive_files(pair.recipient, tmp_path / "out")
    assert (caught.value.code, caught.value.exit_code) == ("bad_message", 1)
    assert problem_of(sending) == "bad_message"
    assert not list((tmp_path / "out").iterdir())


def test_a_body_that_was_not_asked_for_is_refused(pair: Pair, pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    manifest = Manifest.of_files((Entry("a", "file", 1),))

    def serve(connection: SecureConnection) -> None:
        connection.send("manifest", b"".join(manifest.lines()))
        connection.receive("accept").whole(100)
        connection.send("body", frame_header(0, 0, 2) + b"xx")
        connection.receive("ack")

    sending = pool.submit(run_connections, pair.sender, serve)
    with pytest.raises(Problem, match="more bytes than its size"):
        receive_files(pair.recipient, tmp_path / "out")
    assert problem_of(sending) == "bad_message"
    assert not list((tmp_path / "out").iterdir())


def test_an_end_that_does_not_add_up_is_refused(pair: Pair, pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    manifest = Manifest.of_files((Entry("a", "file", 1),))

    def serve(connection: SecureConnection) -> None:
        connection.send("manifest", b"".join(manifest.lines()))
        connection.receive("accept").whole(100)
        connection.send("body", frame_header(0, 0, 1) + b"x")
        connection.send("end", End(1, 0, 2).encode())
        connection.receive("ack")

    sending = pool.submit(run_connections, pair.sender, serve)
    with pytest.raises(Problem, match="does not add up"):
        receive_files(pair.recipient, tmp_path / "out")
    assert problem_of(sending) == "bad_message"


def test_an_ack_of_something_else_is_refused(pair: Pair, pool: ThreadPoolExecutor, file: Path) -> None:
    def serve(connection: SecureConnection) -> None:
        connection.receive("manifest").whole(10_000)
        connection.send("accept", b"".join(Acceptance("skip").lines()))
        while connection.receive("body", "end").whole(10_000) == b"":
            pass
        connection.send("ack", Ack(1, 1).encode())
        connection.wait_for_end(30)

    receiving = pool.submit(run_connections, pair.recipient, serve)
    with pytest.raises(Problem, match="confirms something else"):
        send_files(pair.sender, open_source([file]), ignore)
    receiving.exception(60)


def test_a_relay_that_shows_another_h_k_spends_one_guess_and_ends_it(
    pair: Pair, pool: ThreadPoolExecutor, file: Path, tmp_path: Path
) -> None:
    """Nothing that depends on the key has left the recipient by then but `hh_k` (rule 6)."""
    honest = pair.recipient_relay.get_h_k

    def forged(channel: str, *, round_: int | Unset = UNSET, wait: int | Unset = UNSET) -> ReceivedHk:
        answer = honest(channel, round_=round_, wait=wait)
        answer.h_k = "A" * 43
        return answer

    pair.recipient_relay.get_h_k = forged  # type: ignore[method-assign]
    sending = pool.submit(send_files, pair.sender, open_source([file]), ignore)
    with pytest.raises(Problem) as caught:
        receive_files(pair.recipient, tmp_path / "out")
    assert caught.value.code == "wrong_code"
    assert problem_of(sending) == "wrong_code"


def test_three_rounds_without_an_answer_are_all_guesses_that_a_recipient_has(relay_url: str) -> None:
    """Somebody who opens round after round and never reveals `h_k` gets three (rule 7)."""
    with Relay(relay_url) as sender_relay, Relay(relay_url) as recipient_relay:
        channel = sender_relay.open_channel().channel
        recipient = RecipientMeeting(recipient_relay, Code(channel, "cactus-lemon-violin"), wait_for_peer=30)
        is_over = threading.Event()

        def play_rounds() -> int:
            meeting = SenderMeeting(sender_relay, Code(channel, "zoo-zoo-zoo"))
            meeting.open()
            answered = 0
            while not is_over.is_set():
                round_ = sender_relay.open_channel(channel).round_
                proposal = new_x(channel)
                sender_relay.post_x(channel, x=proposal, curve="ristretto255", round_=round_)
                while not is_over.is_set():
                    try:
                        sender_relay.get_y(channel, round_=round_, wait=1)
                    except Problem as problem:
                        if problem.code != "not_yet":
                            raise
                    else:
                        answered += 1
                        break
            return answered

        with ThreadPoolExecutor(1) as pool:
            rounds = pool.submit(play_rounds)
            with pytest.raises(Problem) as caught:
                _ = recipient.met
            is_over.set()
        assert (caught.value.code, caught.value.exit_code) == ("wrong_code", 3)
        assert rounds.result(60) == 3


def new_x(channel: str) -> str:
    return SenderRound(PLAIN, channel, "zoo-zoo-zoo").x


def test_a_stapler_that_plays_a_hello_back_does_not_keep_a_side_dialling(pair: Pair, pool: ThreadPoolExecutor) -> None:
    """A recorded hello opens on every connection: only a message behind it proves that somebody is there."""
    greeted = 0

    def leave(_connection: SecureConnection) -> None:
        nonlocal greeted
        greeted += 1
        raise Problem("connection_lost")

    receiving = pool.submit(run_connections, pair.recipient, leave, 60)
    with pytest.raises(Problem) as caught:
        # It dials, greets and never hears more: as if it were met by a recording.
        run_connections(pair.sender, lambda connection: connection.receive("accept"), patience=2)
    assert caught.value.code == "connection_lost"
    pair.sender.close("cancelled")
    assert problem_of(receiving) == "cancelled"
    assert greeted > 1


def test_a_message_behind_the_hello_begins_the_patience_anew(pair: Pair, pool: ThreadPoolExecutor) -> None:
    heard = []

    def say(connection: SecureConnection) -> None:
        connection.send("accept", b"{}")
        raise Problem("connection_lost")

    def hear(connection: SecureConnection) -> None:
        connection.receive("accept").whole(100)
        heard.append(connection.was_heard)
        raise Problem("declined")

    receiving = pool.submit(run_connections, pair.recipient, say)
    with pytest.raises(Problem, match="declined"):
        run_connections(pair.sender, hear)
    assert heard == [True]
    assert problem_of(receiving) == "declined"


def test_a_message_that_is_too_long_is_a_bad_message_and_no_forgery(pair: Pair, pool: ThreadPoolExecutor) -> None:
    def serve(connection: SecureConnection) -> None:
        connection.send("manifest", b"x" * (SMALL_BYTES_MAX + 1))
        connection.receive("accept")

    sending = pool.submit(run_connections, pair.sender, serve)
    with pytest.raises(Problem) as caught:
        run_connections(pair.recipient, lambda connection: connection.receive("manifest").whole(SMALL_BYTES_MAX))
    assert (caught.value.code, caught.value.exit_code) == ("bad_message", 1)
    assert problem_of(sending) == "bad_message"


def test_the_other_side_is_not_told_of_folders_or_room_here(
    pair: Pair, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    lines = b"".join(Manifest.of_files((Entry("a", "file", 2**52),)).lines())
    sending = pool.submit(run_connections, pair.sender, offering(lines))
    with pytest.raises(Problem) as caught:
        receive_files(pair.recipient, tmp_path / "out")
    assert "there is room for" in caught.value.message
    told = sending.exception(60)
    assert isinstance(told, Problem)
    assert (told.code, told.message) == ("no_space", "the other side: not enough room")
