"""What a peer must refuse, and neighbours that it must take: test/vectors/refusals.json (PROTOCOL.md section 7)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from duet_relay.problem import Problem
from duet_relay.protocol.accept import Acceptance, AcceptReader
from duet_relay.protocol.body import BodyReader
from duet_relay.protocol.capabilities import Capabilities, agree
from duet_relay.protocol.code import Code
from duet_relay.protocol.encoding import read_b64u
from duet_relay.protocol.handshake import RecipientRound, SenderRound
from duet_relay.protocol.manifest import Manifest, ManifestReader
from duet_relay.protocol.messages import SMALL_BYTES_MAX, Ack, End, Error, Hello, MessageError
from duet_relay.protocol.record import Buffers, MessageReader, Place, RecordError
from duet_relay.protocol.shares import RecipientShare, commit
from duet_relay.protocol.suites import SUITES, suite_named
from duet_relay.transfer.connection import told

from .support import VECTORS, reader_of

Case = dict[str, Any]
ALL: list[Case] = json.loads((VECTORS / "refusals.json").read_text(encoding="utf-8"))["cases"]
#: Those of the suites that this peer speaks, and those of none.
CASES = [case for case in ALL if case.get("curve", next(iter(SUITES))) in SUITES]

#: What each refusal is here; the rest are problems with the code of the case.
EXCEPTIONS: dict[str, type[Exception] | tuple[type[Exception], ...]] = {
    "bad_message": MessageError,
    # A record that is cut is one whose connection has ended.
    "connection_lost": (RecordError, EOFError),
}


def unhex(case: Case, name: str) -> bytes:
    return bytes.fromhex(case[name])


def drawing(case: Case, *names: str) -> Callable[[int], bytes]:
    draws = iter([unhex(case, name) for name in names if name in case])
    return lambda _size: next(draws)


def recipient_round(case: Case) -> RecipientRound:
    """A recipient whose draws are those of the case. The library takes no `m`, so what Encaps gave is looked up."""
    suite, code = SUITES[case["curve"]], Code.parse(case["code"])

    def encapsulated(_ek: bytes) -> tuple[bytes, bytes]:
        ct = RecipientShare.read(suite, case["y"]).ct
        return MLKEM768PrivateKey.from_seed_bytes(seed_behind(case["x"])).decapsulate(ct), ct

    return RecipientRound(
        suite,
        code.channel,
        code.secret,
        case["x"],
        random=drawing(case, "yb_seed"),
        encapsulate=encapsulated if "y" in case else None,
    )


def seed_behind(x: str) -> bytes:
    """The ML-KEM seed of the sender that posted this x."""
    return next(unhex(case, "mlkem_seed") for case in CASES if case["kind"] == "y" and case["x"] == x)


def take_x(case: Case) -> None:
    answer = recipient_round(case)
    assert len(answer.hh_k) == 43
    assert read_b64u(answer.y)


def take_y(case: Case) -> None:
    suite, code = SUITES[case["curve"]], Code.parse(case["code"])
    draws = drawing(case, "sid", "ya_seed", "nS", "mlkem_seed")
    round_ = SenderRound(suite, code.channel, code.secret, random=draws)
    assert round_.x == case["x"]
    agreed = round_.finish(case["y"], case["hh_k"])
    assert agreed.keys.h_k == case.get("h_k", agreed.keys.h_k)


def take_h_k(case: Case) -> None:
    round_ = recipient_round(case)
    assert (round_.y, round_.hh_k) == (case["y"], case["hh_k"])
    assert round_.confirm(case["h_k"]).keys.h_k == case["h_k"]


def take_code(case: Case) -> None:
    assert Code.parse(case["code"]) == Code(case["channel"], case["secret"])


def take_capabilities(case: Case) -> None:
    agreement = agree(Capabilities(), unhex(case, "bytes"))
    assert (agreement.version, agreement.chunk) == (case["version"], case["chunk"])


def small(case: Case) -> bytes:
    """A small message as it is bounded where it is read."""
    plaintext = unhex(case, "plaintext")
    if len(plaintext) > SMALL_BYTES_MAX:
        raise MessageError("too long")
    return plaintext


def take_hello(case: Case) -> None:
    hello = Hello.decode(case["from"], small(case))
    assert hello == Hello(unhex(case, "nonce"), bytes.fromhex(case.get("nS", "")))


def take_commitment(case: Case) -> None:
    if commit(unhex(case, "nS")) != unhex(case, "commitment"):
        raise Problem("interfered")


def read_manifest(data: bytes) -> Manifest:
    reader = ManifestReader()
    # In pieces that fit no line.
    for start in range(0, len(data), 7):
        reader.push(data[start : start + 7])
    return reader.finish()


def read_accept(manifest: Manifest, data: bytes) -> Acceptance:
    reader = AcceptReader(manifest)
    for start in range(0, len(data), 7):
        reader.push(data[start : start + 7])
    return reader.finish()


def take_manifest(case: Case) -> None:
    manifest = read_manifest(unhex(case, "plaintext"))
    assert read_manifest(b"".join(manifest.lines())) == manifest


def take_accept(case: Case) -> None:
    manifest = read_manifest(unhex(case, "manifest"))
    acceptance = read_accept(manifest, unhex(case, "plaintext"))
    assert read_accept(manifest, b"".join(acceptance.lines())) == acceptance


def take_body(case: Case) -> None:
    manifest = read_manifest(unhex(case, "manifest"))
    reader = BodyReader(manifest, read_accept(manifest, unhex(case, "accept")))
    for message in case["messages"]:
        for piece in in_pieces(bytes.fromhex(message)):
            list(reader.push(piece))
        reader.finish_message()
    reader.finish()


def in_pieces(data: bytes) -> Iterator[memoryview]:
    return (memoryview(data)[start : start + 7] for start in range(0, len(data), 7))


def take_end(case: Case) -> None:
    End.decode(small(case))


def take_ack(case: Case) -> None:
    Ack.decode(small(case))


def take_error(case: Case) -> None:
    assert told(Error.decode(small(case))).code == case["code"]


def take_record(case: Case) -> None:
    place = Place(case["direction"], unhex(case, "conn"), case["index"])
    receive = reader_of(unhex(case, "wire"))
    message = MessageReader(receive, unhex(case, "key"), place, case["may"], Buffers(case["chunk"]))
    plaintext = message.whole(2**20)
    assert (message.kind, len(plaintext)) == (case["type"], case["length"])
    assert plaintext == bytes(itertools.islice(itertools.cycle(range(251)), len(plaintext)))


TAKE: dict[str, Callable[[Case], None]] = {
    "x": take_x,
    "y": take_y,
    "h_k": take_h_k,
    "code": take_code,
    "capabilities": take_capabilities,
    "hello": take_hello,
    "commitment": take_commitment,
    "manifest": take_manifest,
    "accept": take_accept,
    "body": take_body,
    "end": take_end,
    "ack": take_ack,
    "error": take_error,
    "record": take_record,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{case.get('curve', '')}-{case['name']}")
def test_a_peer_refuses_what_it_must_and_takes_its_neighbours(case: Case) -> None:
    take = TAKE[case["kind"]]
    if not case["refused"]:
        take(case)
        return
    expected = EXCEPTIONS.get(case["problem"], Problem)
    with pytest.raises(expected) as caught:
        take(case)
    if isinstance(caught.value, Problem):
        assert caught.value.code == case["problem"]


def test_every_kind_of_case_is_run() -> None:
    assert {case["kind"] for case in CASES} == set(TAKE) == {case["kind"] for case in ALL}


@pytest.mark.parametrize("curve", sorted({case["curve"] for case in ALL if "curve" in case} - set(SUITES)))
def test_a_suite_that_is_not_known_is_refused_with_those_that_are(curve: str) -> None:
    with pytest.raises(Problem, match=r"known are ristretto255\+mlkem768, ristretto255") as caught:
        suite_named(curve)
    assert (caught.value.code, caught.value.exit_code) == ("unsupported", 1)
