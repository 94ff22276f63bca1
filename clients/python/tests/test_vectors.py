"""Every value of the worked exchanges, test/vectors/exchange.json (PROTOCOL.md section 7)."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey

from duet_relay.protocol.capabilities import Capabilities, agree
from duet_relay.protocol.code import Code
from duet_relay.protocol.encoding import b64u
from duet_relay.protocol.group import draw_scalar, generator, multiply
from duet_relay.protocol.handshake import RecipientRound, SenderRound
from duet_relay.protocol.keys import Keys, Secrets, channel_identifier, generator_string
from duet_relay.protocol.record import Buffers, MessageCipher, MessageReader, MessageWriter, Place
from duet_relay.protocol.shares import RecipientShare, SenderShare, commit
from duet_relay.protocol.suites import SUITES

from .support import VECTORS, reader_of

DOCUMENT: dict[str, Any] = json.loads((VECTORS / "exchange.json").read_text(encoding="utf-8"))
EXCHANGES = [each for each in DOCUMENT["exchanges"] if each["curve"] in SUITES]


@pytest.fixture(params=EXCHANGES, ids=lambda exchange: exchange["curve"])
def exchange(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = request.param
    return found


def unhex(values: dict[str, str], *names: str) -> list[bytes]:
    return [bytes.fromhex(values[name]) for name in names]


def test_the_vectors_have_both_suites() -> None:
    assert {each["curve"] for each in EXCHANGES} == set(SUITES)


def test_every_value_on_the_way(exchange: dict[str, Any]) -> None:
    suite, given, value = SUITES[exchange["curve"]], exchange["inputs"], exchange["values"]
    sid, nonce, ya_seed, yb_seed = unhex(given, "sid", "nS", "ya_seed", "yb_seed")
    code = Code.parse(given["code"])
    assert code.channel == given["channel"]
    assert code.secret.encode().hex() == given["PRS"]

    ya, yb = draw_scalar(ya_seed), draw_scalar(yb_seed)
    assert (f"{ya:x}", f"{yb:x}") == (value["ya"], value["yb"])
    assert channel_identifier(suite, code.channel).hex() == value["CI"]
    gs = generator_string(suite, code.channel, code.secret, sid)
    assert gs.hex() == value["gs"]
    g = generator(gs)
    assert g.hex() == value["g"]

    decapsulation = MLKEM768PrivateKey.from_seed_bytes(*unhex(given, "mlkem_seed")) if suite.is_hybrid else None
    ek = decapsulation.public_key().public_bytes_raw() if decapsulation else b""
    ct = bytes.fromhex(value["ct"])
    encapsulated = decapsulation.decapsulate(ct) if decapsulation else b""
    assert (ek.hex(), encapsulated.hex()) == (value["ek"], value["ss"])

    x = SenderShare.make(
        sid=sid, point=multiply(ya, g), ek=ek, commitment=commit(nonce), capabilities=given["capsA"].encode()
    )
    y = RecipientShare.make(point=multiply(yb, g), ct=ct, capabilities=given["capsB"].encode())
    assert (x.point.hex(), x.commitment.hex(), x.associated.hex()) == (value["Ya"], value["commitment"], value["ADa"])
    assert (y.point.hex(), y.associated.hex()) == (value["Yb"], value["ADb"])
    assert (b64u(x.data), b64u(y.data)) == (value["x"], value["y"])
    assert SenderShare.read(suite, value["x"]) == x
    assert RecipientShare.read(suite, value["y"]) == y

    product = multiply(ya, y.point)
    assert product.hex() == value["K"]
    assert multiply(yb, x.point) == product
    secrets = Secrets.derive(suite, code.channel, (x, y), product, encapsulated)
    found = (secrets.isk.hex(), secrets.transcript.hex(), secrets.prk.hex(), secrets.k.hex())
    assert found == tuple(value[name] for name in ("ISK", "TH", "prk", "k"))
    keys = Keys(secrets.k)
    assert (keys.h_k, keys.hh_k) == (value["h_k"], value["hh_k"])
    assert (keys.of("s2r").hex(), keys.of("r2s").hex()) == (value["key_s2r"], value["key_r2s"])
    assert keys.sas(nonce) == value["SAS"]
    agreement = agree(Capabilities(), given["capsB"].encode())
    assert (agreement.version, agreement.chunk) == (value["version"], value["chunk"])


def test_the_sender_draws_in_the_order_of_the_page_and_finishes(exchange: dict[str, Any]) -> None:
    suite, given, value = SUITES[exchange["curve"]], exchange["inputs"], exchange["values"]
    draws = iter(unhex(given, "sid", "ya_seed", "nS", *(["mlkem_seed"] if suite.is_hybrid else [])))
    code = Code.parse(given["code"])

    round_ = SenderRound(suite, code.channel, code.secret, random=lambda _size: next(draws))
    assert round_.x == value["x"]
    agreed = round_.finish(value["y"], value["hh_k"])
    assert agreed.keys.h_k == value["h_k"]
    assert agreed.chunk == value["chunk"]
    assert agreed.keys.sas(agreed.nonce) == value["SAS"]


def test_the_recipient_without_ml_kem_draws_and_confirms() -> None:
    (exchange,) = (each for each in EXCHANGES if each["curve"] == "ristretto255")
    given, value = exchange["inputs"], exchange["values"]
    (seed,) = unhex(given, "yb_seed")
    code = Code.parse(given["code"])
    # Its capabilities are part of what is hashed.
    capabilities = Capabilities(chunk=json.loads(given["capsB"])["chunk"])

    round_ = RecipientRound(
        SUITES["ristretto255"],
        code.channel,
        code.secret,
        value["x"],
        capabilities=capabilities,
        random=lambda _size: seed,
    )
    assert (round_.y, round_.hh_k) == (value["y"], value["hh_k"])
    assert round_.confirm(value["h_k"]).keys.of("r2s").hex() == value["key_r2s"]


def test_every_message_opens_and_is_sealed_to_the_same_bytes(exchange: dict[str, Any]) -> None:
    value = exchange["values"]
    buffers = Buffers(value["chunk"])
    for record in exchange["records"]:
        key = bytes.fromhex(value[f"key_{record['direction']}"])
        place = Place(record["direction"], bytes.fromhex(record["conn"]), record["index"])
        salt, plaintext, wire = unhex(record, "salt", "plaintext", "wire")
        assert place.context(record["type"]).hex() == record["context"]
        cipher = MessageCipher(key, value["chunk"], salt, place.context(record["type"]))
        found = (cipher.key.hex(), cipher.base_nonce.hex(), cipher.commitment.hex())
        assert found == (record["key"], record["base_nonce"], record["commitment"])

        message = MessageReader(reader_of(wire), key, place, [record["type"], "other"], buffers)
        assert message.whole(2**20) == plaintext
        sealed = bytearray()
        writer = MessageWriter(sealed.extend, key, place, record["type"], buffers, salt)
        writer.write(plaintext)
        writer.close()
        assert sealed == wire


@pytest.mark.parametrize("border", DOCUMENT["borders"], ids=lambda border: str(border["plaintext_length"]))
def test_messages_at_the_borders_of_a_chunk(border: dict[str, Any]) -> None:
    key, salt, conn = unhex(border, "direction_key", "salt", "conn")
    place = Place(border["direction"], conn, border["index"])
    plaintext = bytes(itertools.islice(itertools.cycle(range(251)), border["plaintext_length"]))
    buffers = Buffers(border["chunk"])

    sealed = bytearray()
    writer = MessageWriter(sealed.extend, key, place, border["type"], buffers, salt)
    # In pieces that fit no chunk.
    for start in range(0, len(plaintext), 1000):
        writer.write(plaintext[start : start + 1000])
    writer.close()
    assert len(sealed) == border["wire_length"]
    assert hashlib.sha256(sealed).hexdigest() == border["wire_sha256"]
    message = MessageReader(reader_of(bytes(sealed)), key, place, [border["type"]], buffers)
    assert message.whole(2**20) == plaintext
