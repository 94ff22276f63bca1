"""A small peer of duet in Python, written from docs/PROTOCOL.md alone (sections 3, 6 and 7).

It knows the suites `ristretto255` and `ristretto255+mlkem768`, plays either role up to the first messages, and checks
itself against the worked exchanges. It reads one JSON object a line from standard input and answers each with one on
standard output; byte strings are hexadecimal.

    {"do": "send", "curve": …, "channel": …, "words": …}           -> {"x"}
    {"do": "finish", "y": …, "hh_k": …}                            -> {"h_k", "sas", "key_s2r", "key_r2s"}
    {"do": "receive", "curve": …, "channel": …, "words": …, "x": …} -> {"y", "hh_k"}
    {"do": "confirm", "h_k": …}                                    -> {"h_k", "key_s2r", "key_r2s"}
    {"do": "hello"}                                                -> {"wire"}
    {"do": "greeted", "wire": …}                                   -> {"sas"}
    {"do": "seal", "type": …, "index": …, "text": …}               -> {"wire"}
    {"do": "open", "type": …, "index": …, "wire": …}               -> {"text"}
    {"do": "vectors", "path": …}                                   -> {"checked"}

What is refused answers {"refused": why}.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys

import rbcl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

P = b"duet/1"
DSI = b"CPaceRistretto255"
ORDER = 2**252 + 27742317777372353535851937790883648493
HASH_BLOCK = 128
CAPABILITIES = b'{"v":[1],"chunk":1048576}'
CHUNKS = [1 << power for power in range(14, 24)]
EMPTY = b""


class Refused(Exception):
    """Something that the protocol does not allow, or a tag that does not match."""


def require(condition, why):
    if not condition:
        raise Refused(why)


# Section 3: encodings.


def lv(*parts):
    """Each part behind its length in LEB128."""
    whole = b""
    for part in parts:
        length = len(part)
        while length > 0x7F:
            whole += bytes([length & 0x7F | 0x80])
            length >>= 7
        whole += bytes([length]) + part
    return whole


def read_lv(data, count):
    """Exactly `count` parts, lengths in their shortest form of at most three bytes, nothing behind."""
    parts, at = [], 0
    for _ in range(count):
        length, size = 0, 0
        while True:
            require(at < len(data) and size < 3, "a length is cut or too long")
            byte = data[at]
            length |= (byte & 0x7F) << (7 * size)
            at, size = at + 1, size + 1
            if byte < 0x80:
                break
        require(byte != 0 or size == 1, "a length is not in its shortest form")
        require(at + length <= len(data), "a part is cut")
        parts.append(data[at : at + length])
        at += length
    require(at == len(data), "something trails")
    return parts


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_b64u(text):
    """Only what `b64u` would have written."""
    require(re.fullmatch("[A-Za-z0-9_-]{1,4096}", text) and len(text) % 4 != 1, "not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(b64u(data) == text, "not canonical base64url")
    return data


def sha256(data):
    return hashlib.sha256(data).digest()


def sha512(data):
    return hashlib.sha512(data).digest()


def expand(algorithm, prk, info, length):
    return HKDFExpand(algorithm(), length, info).derive(prk)


# Section 3: CPace and the key schedule.


def draw_scalar(seed):
    return int.from_bytes(seed, "little") % (ORDER - 1) + 1


def times(scalar, point):
    """The identity, as point or as product, and what is no canonical point end the run."""
    require(len(point) == 32 and point != bytes(32) and rbcl.crypto_core_ristretto255_is_valid_point(point), "not a point")
    product = rbcl.crypto_scalarmult_ristretto255(scalar.to_bytes(32, "little"), point)
    require(product != bytes(32), "the identity")
    return product


def channel_identifier(curve, channel):
    return lv(P, curve.encode(), channel.encode(), b"sender", b"recipient")


def generator_string(curve, channel, words, sid):
    prs = words.encode()
    zeros = bytes(max(0, HASH_BLOCK - 1 - len(lv(prs)) - len(lv(DSI))))
    return lv(DSI, prs, zeros, channel_identifier(curve, channel), sid)


def generator(gs):
    return rbcl.crypto_core_ristretto255_from_hash(sha512(gs))


class Keys:
    """Everything that follows from x, y, K and ML-KEM's secret."""

    def __init__(self, curve, channel, x, y, K, ss):
        sid, Ya, ADa = read_lv(x, 3)
        Yb, ADb = read_lv(y, 2)
        self.ISK = sha512(lv(DSI + b"_ISK", sid, K) + lv(Ya, ADa) + lv(Yb, ADb))
        self.TH = sha512(lv(P, curve.encode(), channel.encode(), x, y))
        self.prk = hmac.digest(P + b" extract", lv(ss, self.ISK), "sha512")
        self.k = expand(hashes.SHA512, self.prk, lv(P, b"k", self.TH), 32)
        self.h_k = self.derive(b"h_k")
        self.hh_k = sha256(lv(P, b"hh_k", self.h_k))
        self.key = {"s2r": self.derive(b"s2r"), "r2s": self.derive(b"r2s")}

    def derive(self, label):
        return expand(hashes.SHA256, self.k, lv(P, label, EMPTY), 32)

    def sas(self, nS):
        digits = f"{int.from_bytes(expand(hashes.SHA256, self.k, lv(P, b'sas', nS), 3), 'big'):08}"
        return f"{digits[:4]} {digits[4:]}"


def commit(nS):
    return sha256(lv(P, b"sas-commit", nS))


def is_hybrid(curve):
    require(curve in ("ristretto255", "ristretto255+mlkem768"), "this peer does not know the suite")
    return curve.endswith("+mlkem768")


def read_x(curve, text):
    """Rule 1 of section 3."""
    x = read_b64u(text)
    sid, Ya, ADa = read_lv(x, 3)
    ek, commitment, caps = read_lv(ADa, 3)
    sizes = (len(sid), len(Ya), len(ek), len(commitment))
    require(sizes == (16, 32, 1184 if is_hybrid(curve) else 0, 32) and len(caps) <= 1024, "x has a wrong size")
    return x, sid, Ya, ek, commitment, caps


def read_y(curve, text):
    y = read_b64u(text)
    Yb, ADb = read_lv(y, 2)
    ct, caps = read_lv(ADb, 2)
    require((len(Yb), len(ct)) == (32, 1088 if is_hybrid(curve) else 0) and len(caps) <= 1024, "y has a wrong size")
    return y, Yb, ct, caps


def unique(pairs):
    require(len(dict(pairs)) == len(pairs), "a key comes twice")
    return dict(pairs)


def agree(caps):
    """Only after the tag matched."""
    try:
        told = json.loads(caps.decode("utf-8"), object_pairs_hook=unique)
    except ValueError:
        raise Refused("capabilities are no JSON") from None
    require(isinstance(told, dict) and isinstance(told.get("v"), list), "capabilities without versions")
    require(1 in told["v"], "update: no version in common")
    chunk = told.get("chunk", 1048576)
    require(chunk in CHUNKS, "not a chunk size")
    return min(chunk, json.loads(CAPABILITIES)["chunk"])


# Section 6: messages.


def message_keys(key, chunk, context, salt):
    label = b"duet/1/chunk%d+AEAD_AES_256_GCM" % chunk
    # Zeros behind a short HMAC key change nothing, and some libraries want a PRK as long as the hash.
    okm = expand(hashes.SHA512, key.ljust(64, b"\0"), label + b"\0" + salt + context, 76)
    return AESGCM(okm[:32]), int.from_bytes(okm[32:44], "big"), okm[44:]


def message_context(direction, conn, index, kind):
    return lv(P, direction.encode(), conn, index.to_bytes(8, "big"), kind.encode())


def seal(key, chunk, context, plaintext, salt):
    aead, base, commitment = message_keys(key, chunk, context, salt)
    wire = salt + commitment
    # A multiple of the chunk, 0 included, is ended by an empty one.
    for i in range(len(plaintext) // chunk + 1):
        sealed = aead.encrypt((base ^ i).to_bytes(12, "big"), plaintext[i * chunk : (i + 1) * chunk], None)
        wire += len(sealed).to_bytes(3, "big") + sealed
    return wire


def open_message(key, chunk, context, wire):
    aead, base, commitment = message_keys(key, chunk, context, wire[:24])
    require(hmac.compare_digest(commitment, wire[24:56]), "the commitment does not match")
    plaintext, at, last, i = b"", 56, False, 0
    while not last:
        size = int.from_bytes(wire[at : at + 3], "big")
        require(16 <= size <= chunk + 16 and at + 3 + size <= len(wire), "a chunk is cut or too long")
        try:
            plaintext += aead.decrypt((base ^ i).to_bytes(12, "big"), wire[at + 3 : at + 3 + size], None)
        except InvalidTag:
            raise Refused("a chunk is forged") from None
        at, i, last = at + 3 + size, i + 1, size < chunk + 16
    require(at == len(wire), "something trails")
    return plaintext


# The peer.


class Peer:
    """One round, and the first connection after it."""

    def send(self, curve, channel, words):
        self.role, self.round = "sender", (curve, channel)
        self.nS, sid = os.urandom(32), os.urandom(16)
        self.scalar = draw_scalar(os.urandom(48))
        self.dk = MLKEM768PrivateKey.generate() if is_hybrid(curve) else None
        ek = self.dk.public_key().public_bytes_raw() if self.dk else EMPTY
        self.Ya = times(self.scalar, generator(generator_string(curve, channel, words, sid)))
        self.x = lv(sid, self.Ya, lv(ek, commit(self.nS), CAPABILITIES))
        return {"x": b64u(self.x)}

    def finish(self, y, hh_k):
        curve, channel = self.round
        y, Yb, ct, caps = read_y(curve, y)
        require(Yb != self.Ya, "our own share")
        ss = self.dk.decapsulate(ct) if self.dk else EMPTY
        self.keys = Keys(curve, channel, self.x, y, times(self.scalar, Yb), ss)
        require(hmac.compare_digest(read_b64u(hh_k), self.keys.hh_k), "wrong code")
        self.chunk = agree(caps)
        return {**self.result(), "sas": self.keys.sas(self.nS)}

    def receive(self, curve, channel, words, x):
        self.role = "recipient"
        x, sid, Ya, ek, self.commitment, self.caps = read_x(curve, x)
        scalar = draw_scalar(os.urandom(48))
        ss, ct = EMPTY, EMPTY
        if is_hybrid(curve):
            try:
                ss, ct = MLKEM768PublicKey.from_public_bytes(ek).encapsulate()
            except ValueError:
                raise Refused("not an ML-KEM key") from None
        Yb = times(scalar, generator(generator_string(curve, channel, words, sid)))
        y = lv(Yb, lv(ct, CAPABILITIES))
        self.keys = Keys(curve, channel, x, y, times(scalar, Ya), ss)
        return {"y": b64u(y), "hh_k": b64u(self.keys.hh_k)}

    def confirm(self, h_k):
        require(hmac.compare_digest(read_b64u(h_k), self.keys.h_k), "wrong code")
        self.chunk = agree(self.caps)
        return self.result()

    def result(self):
        key = self.keys.key
        return {"h_k": b64u(self.keys.h_k), "key_s2r": key["s2r"].hex(), "key_r2s": key["r2s"].hex()}

    def directions(self):
        return ("s2r", "r2s") if self.role == "sender" else ("r2s", "s2r")

    def hello(self):
        out, _ = self.directions()
        self.nonce = os.urandom(16)
        plaintext = self.nonce + (self.nS if self.role == "sender" else EMPTY) + b"{}"
        context = message_context(out, EMPTY, 0, "hello")
        return {"wire": seal(self.keys.key[out], self.chunk, context, plaintext, os.urandom(24)).hex()}

    def greeted(self, wire):
        _, incoming = self.directions()
        context = message_context(incoming, EMPTY, 0, "hello")
        plaintext = open_message(self.keys.key[incoming], self.chunk, context, bytes.fromhex(wire))
        nonce = plaintext[:16]
        if self.role == "sender":
            require(isinstance(json.loads(plaintext[16:]), dict), "not a hello")
            self.conn = sha256(lv(self.nonce, nonce))
            return {"sas": self.keys.sas(self.nS)}
        nS = plaintext[16:48]
        require(isinstance(json.loads(plaintext[48:]), dict), "not a hello")
        require(commit(nS) == self.commitment, "interfered")
        self.conn = sha256(lv(nonce, self.nonce))
        return {"sas": self.keys.sas(nS)}

    def seal(self, type, index, text):
        out, _ = self.directions()
        context = message_context(out, self.conn, index, type)
        return {"wire": seal(self.keys.key[out], self.chunk, context, text.encode(), os.urandom(24)).hex()}

    def open(self, type, index, wire):
        _, incoming = self.directions()
        context = message_context(incoming, self.conn, index, type)
        return {"text": open_message(self.keys.key[incoming], self.chunk, context, bytes.fromhex(wire)).decode()}

    def vectors(self, path):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        known = [each for each in document["exchanges"] if each["curve"].startswith("ristretto255")]
        for each in known:
            check_exchange(each)
        for each in document["borders"]:
            check_border(each)
        return {"checked": [each["curve"] for each in known] + [each["plaintext_length"] for each in document["borders"]]}


# Section 7: the worked exchanges.


def same(name, found, expected):
    require(found == expected, f"{name} is {found}, not {expected}")


def check_exchange(exchange):
    curve, given, value = exchange["curve"], exchange["inputs"], exchange["values"]
    channel, words, sid, nS = given["channel"], bytes.fromhex(given["PRS"]).decode(), *map(bytes.fromhex, (given["sid"], given["nS"]))
    ya, yb = (draw_scalar(bytes.fromhex(given[name])) for name in ("ya_seed", "yb_seed"))
    same("ya", f"{ya:x}", value["ya"])
    same("yb", f"{yb:x}", value["yb"])
    same("CI", channel_identifier(curve, channel).hex(), value["CI"])
    gs = generator_string(curve, channel, words, sid)
    same("gs", gs.hex(), value["gs"])
    g = generator(gs)
    same("g", g.hex(), value["g"])
    Ya, Yb = times(ya, g), times(yb, g)
    same("Ya", Ya.hex(), value["Ya"])
    same("Yb", Yb.hex(), value["Yb"])
    dk = MLKEM768PrivateKey.from_seed_bytes(bytes.fromhex(given["mlkem_seed"])) if is_hybrid(curve) else None
    ek = dk.public_key().public_bytes_raw() if dk else EMPTY
    ct = bytes.fromhex(value["ct"])
    ss = dk.decapsulate(ct) if dk else EMPTY
    same("ek", ek.hex(), value["ek"])
    same("ss", ss.hex(), value["ss"])
    x = lv(sid, Ya, lv(ek, commit(nS), given["capsA"].encode()))
    y = lv(Yb, lv(ct, given["capsB"].encode()))
    same("x", b64u(x), value["x"])
    same("y", b64u(y), value["y"])
    K = times(ya, Yb)
    same("K", K.hex(), value["K"])
    same("K of the recipient", times(yb, Ya), K)
    keys = Keys(curve, channel, x, y, K, ss)
    for name in ("ISK", "TH", "prk", "k"):
        same(name, getattr(keys, name).hex(), value[name])
    same("h_k", b64u(keys.h_k), value["h_k"])
    same("hh_k", b64u(keys.hh_k), value["hh_k"])
    same("SAS", keys.sas(nS), value["SAS"])
    for record in exchange["records"]:
        check_record(keys, value["chunk"], record)


def check_record(keys, chunk, record):
    context = message_context(record["direction"], bytes.fromhex(record["conn"]), record["index"], record["type"])
    same("context", context.hex(), record["context"])
    key, wire = keys.key[record["direction"]], bytes.fromhex(record["wire"])
    plaintext = open_message(key, chunk, context, wire)
    same("plaintext", plaintext.hex(), record["plaintext"])
    same("wire", seal(key, chunk, context, plaintext, bytes.fromhex(record["salt"])), wire)


def check_border(border):
    context = message_context(border["direction"], bytes.fromhex(border["conn"]), border["index"], border["type"])
    plaintext = bytes(i % 251 for i in range(border["plaintext_length"]))
    wire = seal(bytes.fromhex(border["direction_key"]), border["chunk"], context, plaintext, bytes.fromhex(border["salt"]))
    same("length", len(wire), border["wire_length"])
    same("hash", sha256(wire).hex(), border["wire_sha256"])


def main():
    peer = Peer()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(peer, request.pop("do"))(**request)
        except Refused as refused:
            answer = {"refused": str(refused)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
