"""What holds for all inputs: decoders take what encoders write, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duet_relay.problem import Problem
from duet_relay.protocol.accept import Acceptance, AcceptReader, Resume
from duet_relay.protocol.body import BodyReader, Data, frame_header
from duet_relay.protocol.code import Code, new_secret
from duet_relay.protocol.encoding import EncodingError, b64u, lv, read_b64u, read_lv
from duet_relay.protocol.group import PointError, draw_scalar, generator, multiply
from duet_relay.protocol.manifest import Entry, Manifest, ManifestReader
from duet_relay.protocol.messages import MessageError
from duet_relay.protocol.record import Buffers, MessageReader, MessageWriter, Place, RecordError
from duet_relay.protocol.strict_json import JsonError, natural, read_object, write_object

from .support import reader_of

CHUNK = 16_384
PLACE = Place("s2r", bytes(32), 2)
KEY = bytes(range(32))

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**53 - 1) | texts,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3),
    max_leaves=8,
)
names = st.from_regex("[a-z]{1,3}", fullmatch=True)


@given(st.binary())
def test_b64u_comes_back(data: bytes) -> None:
    assert read_b64u(b64u(data)) == data


@given(st.text(alphabet="AQgw_-+/= \n", max_size=8))
@example("AB")
@example("AA==")
@example("AA\n")
def test_every_bytes_have_one_b64u(text: str) -> None:
    try:
        data = read_b64u(text)
    except EncodingError:
        return
    assert b64u(data) == text


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_lv_comes_back(parts: list[bytes]) -> None:
    assert read_lv(lv(*parts), len(parts)) == parts


@given(st.binary(max_size=8), st.integers(0, 3))
@example(b"\x80\x00", 1)
@example(b"\x80\x80\x80\x00", 1)
def test_every_parts_have_one_lv(data: bytes, count: int) -> None:
    try:
        parts = read_lv(data, count)
    except EncodingError:
        return
    assert lv(*parts) == data


@given(st.dictionaries(texts, values))
def test_json_comes_back(value: dict[str, Any]) -> None:
    assert read_object(write_object(value)) == value


@given(st.binary(max_size=40))
def test_json_of_any_bytes_is_an_object_or_refused(data: bytes) -> None:
    try:
        value = read_object(data)
    except JsonError:
        return
    assert isinstance(value, dict)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"a":{"b":1,"b":2}}',
        '[{"a":1}]',
        '{"a":NaN}',
        '{"a":-Infinity}',
        '\ufeff{"a":1}',
        '{"a":"\\ud800"}',
        '{"a":["\\udc00"]}',
        '{"\\ud800":1}',
        "{'a':1}",
        '{"a":1,}',
        '{"a":1} x',
        "1",
        "null",
        "",
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
)
def test_json_that_python_would_take_or_stumble_over_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        read_object(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("text", ["-1", "-0", "1.5", "1e400", "9007199254740992", "true", '"1"', "null", "9" * 5000])
def test_what_is_no_natural_number_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        natural(read_object(f'{{"n":{text}}}'.encode())["n"])


@pytest.mark.parametrize("text", ["1000", "1e3", "1000.0"])
def test_a_natural_number_has_several_spellings(text: str) -> None:
    assert natural(read_object(f'{{"n":{text}}}'.encode())["n"]) == 1000


@given(st.lists(st.binary(max_size=2 * CHUNK), max_size=4))
@example([bytes(CHUNK)])
@example([bytes(CHUNK - 1), b"\0"])
def test_a_message_comes_back(parts: list[bytes]) -> None:
    wire = sealed(parts)
    message = MessageReader(reader_of(wire), KEY, PLACE, ["body", "end", "error"], Buffers(CHUNK))
    assert message.kind == "body"
    assert message.whole(2**20) == b"".join(parts)


@given(st.binary(max_size=40), st.data())
def test_a_message_with_a_bit_changed_does_not_open(plaintext: bytes, data: st.DataObject) -> None:
    wire = bytearray(sealed([plaintext]))
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    with pytest.raises((RecordError, EOFError)):
        MessageReader(reader_of(bytes(wire)), KEY, PLACE, ["body"], Buffers(CHUNK)).whole(2**20)


@pytest.mark.parametrize("place", [Place("r2s", bytes(32), 2), Place("s2r", b"\1" * 32, 2), Place("s2r", bytes(32), 3)])
def test_a_message_opens_in_its_own_place_only(place: Place) -> None:
    with pytest.raises(RecordError):
        MessageReader(reader_of(sealed([b"x"])), KEY, place, ["body"], Buffers(CHUNK))


def sealed(parts: list[bytes]) -> bytes:
    wire = bytearray()
    writer = MessageWriter(wire.extend, KEY, PLACE, "body", Buffers(CHUNK))
    for part in parts:
        writer.write(part)
    writer.close()
    return bytes(wire)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    top = draw(st.lists(names, unique=True, max_size=4))
    entries = []
    for name in top:
        kind = draw(st.sampled_from(["file", "dir", "link"]))
        mode = draw(st.none() | st.integers(0, 0o777))
        mtime = draw(st.none() | st.integers(0, 2**53 - 1))
        if kind == "file":
            entries.append(Entry(name, "file", draw(st.integers(0, 50)), mode, mtime))
        elif kind == "dir":
            entries.append(Entry(name, "dir", 0, mode, mtime))
            entries.append(Entry(f"{name}/{draw(texts.filter(is_a_name))}", "file", draw(st.integers(0, 50))))
        else:
            entries.append(
                Entry(name, "link", 0, mode, mtime, draw(texts.filter(lambda text: "\0" not in text)) or ".")
            )
    return Manifest.of_files(tuple(entries))


def is_a_name(text: str) -> bool:
    return text not in {"", ".", ".."} and not set(text) & set("/\\\0")


def read_manifest(data: bytes, cut: int) -> Manifest:
    reader = ManifestReader()
    for start in range(0, len(data), cut):
        reader.push(data[start : start + cut])
    return reader.finish()


@given(manifests(), st.integers(1, 99))
def test_a_manifest_comes_back_however_it_is_cut(manifest: Manifest, cut: int) -> None:
    assert read_manifest(b"".join(manifest.lines()), cut) == manifest


@given(st.binary(max_size=60))
def test_a_manifest_of_any_bytes_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(MessageError):
        read_manifest(data, 7)


@given(manifests(), st.data())
def test_an_answer_and_its_body_come_back_however_they_are_cut(manifest: Manifest, data: st.DataObject) -> None:
    exceptions: dict[int, Any] = {}
    for index, entry in enumerate(manifest.entries):
        if data.draw(st.booleans()):
            offset = data.draw(st.integers(0, entry.size or 0))
            is_file = entry.type == "file"
            exceptions[index] = Resume(offset, bytes(32)) if is_file and data.draw(st.booleans()) else "skip"
    acceptance = Acceptance("send", exceptions)
    answers = AcceptReader(manifest)
    for line in acceptance.lines():
        answers.push(line)
    assert answers.finish() == acceptance

    frames, expected = bytearray(), bytearray()
    for index, entry in enumerate(manifest.entries):
        decision = acceptance.decision(index)
        if entry.type != "file" or decision == "skip":
            continue
        offset = decision.offset if isinstance(decision, Resume) else 0
        while offset < (entry.size or 0):
            size = data.draw(st.integers(1, (entry.size or 0) - offset))
            frames += frame_header(index, offset, size) + bytes([index]) * size
            expected += bytes([index]) * size
            offset += size
    reader = BodyReader(manifest, acceptance)
    cut = data.draw(st.integers(1, 30))
    found = bytearray()
    for start in range(0, len(frames), cut):
        for part in reader.push(memoryview(frames)[start : start + cut]):
            assert isinstance(part, Data)
            found += part.view
    reader.finish_message()
    reader.finish()
    assert found == expected
    assert reader.size == len(expected)


@given(st.text(max_size=40))
def test_a_code_that_is_taken_is_its_own_canonical_form(typed: str) -> None:
    try:
        code = Code.parse(typed)
    except Problem:
        return
    assert Code.parse(code.phrase) == code


@given(st.integers(2, 6))
def test_drawn_words_are_canonical(count: int) -> None:
    secret = new_secret(count)
    assert len(secret.split("-")) == count
    assert Code.parse(f"4821-{secret}") == Code("4821", secret)
    assert secret not in repr(Code("4821", secret))


@given(st.binary(min_size=48, max_size=48), st.binary(min_size=48, max_size=48))
def test_both_sides_come_to_one_product(one: bytes, other: bytes) -> None:
    g, a, b = generator(b"g"), draw_scalar(one), draw_scalar(other)
    assert multiply(a, multiply(b, g)) == multiply(b, multiply(a, g))


@given(st.binary(min_size=30, max_size=34))
@example(bytes(32))
@example(b"\xff" * 32)
def test_bytes_are_a_point_or_refused(data: bytes) -> None:
    try:
        assert multiply(1, data) == data
    except PointError:
        return


def test_libsodium_1_0_18_takes_an_encoding_with_its_highest_bit_set_and_we_do_not() -> None:
    point = bytearray(generator(b"g"))
    point[31] |= 0x80
    with pytest.raises(PointError):
        multiply(1, bytes(point))


def test_json_objects_are_written_without_spaces() -> None:
    assert write_object({"v": [1], "text": "ä"}) == '{"v":[1],"text":"ä"}'.encode()
    assert json.loads(write_object({"a": 1})) == {"a": 1}
