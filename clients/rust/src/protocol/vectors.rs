//! The worked exchanges of test/vectors/exchange.json: every value on the way, and the bytes of the first records.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    capabilities, cpace,
    handshake::{Keys, RecipientRun, Round, SasSide, SenderRun},
    hybrid, key_schedule as schedule,
    record::{Direction, HEADER_BYTES, LENGTH_BYTES, MessageType, Opener, Place, Sealer},
    secret::Secret,
    shares::{RecipientShare, SenderShare},
    suite::Suite,
};
use crate::{Code, CodePhrase, Error};

pub(super) fn document(name: &str) -> Value {
    let path = format!("{}/../../test/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

/// The exchanges of the suites that are known here.
fn exchanges() -> Vec<(Suite, Value)> {
    let document = document("exchange.json");
    let all = document["exchanges"].as_array().expect("exchanges").clone();
    let known: Vec<_> =
        all.into_iter().filter_map(|each| Some((Suite::from_name(text(&each["curve"])).ok()?, each))).collect();
    assert_eq!(known.len(), Suite::ALL.len());
    known
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

pub(super) fn bytes(value: &Value) -> Vec<u8> {
    let digits = text(value).as_bytes();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal"))
        .collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Hands out what an exchange drew, in our order.
pub(super) fn drawing(parts: &[&Value]) -> impl FnMut(&mut [u8]) -> Result<(), Error> {
    let mut rest: std::collections::VecDeque<Vec<u8>> = parts.iter().map(|part| bytes(part)).collect();
    move |buffer| {
        let part = rest.pop_front().expect("nothing more is drawn");
        buffer.copy_from_slice(&part);
        Ok(())
    }
}

fn round<'a>(suite: Suite, exchange: &'a Value, words: &'a Secret, side: &str) -> Round<'a> {
    let capabilities = text(&exchange["inputs"][side]).as_bytes();
    let chunk: Value = serde_json::from_slice(capabilities).expect("JSON");
    let chunk = chunk["chunk"].as_u64().unwrap_or(capabilities::CHUNK);
    Round { suite, channel: text(&exchange["inputs"]["channel"]), words, capabilities, chunk }
}

/// Both sides of an exchange with what it drew.
fn play(suite: Suite, exchange: &Value, words: &Secret) -> (SenderRun, RecipientRun) {
    let inputs = &exchange["inputs"];
    let mut drawn = vec![&inputs["sid"], &inputs["ya_seed"], &inputs["nS"]];
    let mut answered = vec![&inputs["yb_seed"]];
    if suite.is_hybrid() {
        drawn.push(&inputs["mlkem_seed"]);
        answered.push(&inputs["mlkem_m"]);
    }
    let sender = SenderRun::start(&round(suite, exchange, words, "capsA"), &mut drawing(&drawn)).expect("x");
    let recipient =
        RecipientRun::start(&round(suite, exchange, words, "capsB"), sender.x(), &mut drawing(&answered)).expect("y");
    (sender, recipient)
}

#[test]
fn every_value_on_the_way_is_as_in_the_worked_exchanges() {
    for (suite, exchange) in exchanges() {
        let (inputs, values) = (&exchange["inputs"], &exchange["values"]);
        let code = CodePhrase::parse(text(&inputs["code"])).expect("a code");
        assert_eq!(code.channel(), text(&inputs["channel"]));
        assert_eq!(hex(code.secret().reveal()), text(&inputs["PRS"]));
        let round = round(suite, &exchange, code.secret(), "capsA");

        let identifier = cpace::channel_identifier(suite.name(), round.channel);
        assert_eq!(hex(&identifier), text(&values["CI"]));
        let gs = cpace::generator_string(code.secret().reveal(), &identifier, &bytes(&inputs["sid"]));
        assert_eq!(hex(&gs), text(&values["gs"]));
        let generator = cpace::generator(&gs);
        assert_eq!(hex(&generator.compress().to_bytes()), text(&values["g"]));
        let scalar = |name: &str| cpace::scalar_from_seed(&bytes(&inputs[name]).try_into().expect("48 bytes"));
        let (ya, yb) = (scalar("ya_seed"), scalar("yb_seed"));
        for (scalar, name) in [(&ya, "ya"), (&yb, "yb")] {
            let mut digits = scalar.to_bytes();
            digits.reverse();
            assert_eq!(hex(&digits).trim_start_matches('0'), text(&values[name]).trim_start_matches('0'));
        }
        assert_eq!(hex(&cpace::own_share(&ya, &generator)), text(&values["Ya"]));
        assert_eq!(hex(&cpace::own_share(&yb, &generator)), text(&values["Yb"]));
        assert_eq!(hex(&schedule::sas_commitment(&bytes(&inputs["nS"]))), text(&values["commitment"]));

        let x = SenderShare::read(suite, text(&values["x"])).expect("x");
        let y = RecipientShare::read(suite, text(&values["y"])).expect("y");
        for (part, name) in [
            (&x.ya, "Ya"),
            (&x.ad, "ADa"),
            (&x.encapsulation_key, "ek"),
            (&x.commitment, "commitment"),
            (&y.yb, "Yb"),
            (&y.ad, "ADb"),
            (&y.ciphertext, "ct"),
        ] {
            assert_eq!(hex(part), text(&values[name]), "{name}");
        }
        let k = cpace::shared_point(&ya, &cpace::read_share(&y.yb).expect("a point")).expect("K");
        assert_eq!(hex(k.reveal()), text(&values["K"]));
        assert!(cpace::shared_point(&yb, &cpace::read_share(&x.ya).expect("a point")).expect("K").matches(k.reveal()));
        let isk = cpace::session_key(&x.sid, &k, [&x.ya, &x.ad], [&y.yb, &y.ad]);
        assert_eq!(hex(isk.reveal()), text(&values["ISK"]));
        let transcript = schedule::transcript_hash(suite.name(), round.channel, &x.bytes, &y.bytes);
        assert_eq!(hex(&transcript), text(&values["TH"]));
        let ss = suite.is_hybrid().then(|| {
            let pair = hybrid::KeyPair::from_seed(&bytes(&inputs["mlkem_seed"]).try_into().expect("64 bytes"));
            assert_eq!(hex(&pair.encapsulation_key()), text(&values["ek"]));
            let message = bytes(&inputs["mlkem_m"]).try_into().expect("32 bytes");
            let (ciphertext, ss) = hybrid::encapsulate(&x.encapsulation_key, &message).expect("a key");
            assert_eq!(hex(&ciphertext), text(&values["ct"]));
            assert!(pair.decapsulate(&ciphertext).expect("ss").matches(ss.reveal()));
            ss
        });
        let ss_bytes = ss.as_ref().map_or(&[][..], Secret::reveal);
        assert_eq!(hex(ss_bytes), values["ss"].as_str().unwrap_or_default());
        let prk = schedule::extract(ss_bytes, &isk);
        assert_eq!(hex(prk.reveal()), text(&values["prk"]));

        let keys = Keys::derive(&round, &x, &y, &k, ss.as_ref());
        let round_key = schedule::round_key(&prk, &transcript);
        assert_eq!(hex(round_key.reveal()), text(&values["k"]));
        assert_eq!(hex(keys.h_k.reveal()), text(&values["h_k_bytes"]));
        assert_eq!(keys.h_k_text().as_str(), text(&values["h_k"]));
        assert_eq!(keys.hh_k_text(), text(&values["hh_k"]));
        assert_eq!(hex(keys.s2r.reveal()), text(&values["key_s2r"]));
        assert_eq!(hex(keys.r2s.reveal()), text(&values["key_r2s"]));
        assert_eq!(schedule::sas(&round_key, &bytes(&inputs["nS"])), text(&values["SAS"]));
    }
}

#[test]
fn both_sides_play_the_worked_exchanges() {
    for (suite, exchange) in exchanges() {
        let values = &exchange["values"];
        let words = Secret::new(bytes(&exchange["inputs"]["PRS"]));
        let (sender, recipient) = play(suite, &exchange, &words);
        assert_eq!(sender.x(), text(&values["x"]));
        assert_eq!(recipient.y(), text(&values["y"]));
        assert_eq!(recipient.hh_k(), text(&values["hh_k"]));
        let (y, hh_k) = (recipient.y().to_owned(), recipient.hh_k());
        let ours = sender.finish(&round(suite, &exchange, &words, "capsA"), &y, &hh_k).expect("a session");
        let h_k = ours.keys.h_k_text();
        let theirs = recipient.confirm(&round(suite, &exchange, &words, "capsB"), &h_k).expect("a session");
        for session in [&ours, &theirs] {
            assert_eq!(session.chunk as u64, values["chunk"].as_u64().expect("a chunk"));
            assert_eq!(hex(session.keys.s2r.reveal()), text(&values["key_s2r"]));
        }
        assert!(
            matches!(&theirs.sas, SasSide::Recipient(commitment) if hex(commitment) == text(&values["commitment"]))
        );
    }
}

#[test]
fn other_words_end_as_a_wrong_code_on_both_sides() {
    for (suite, exchange) in exchanges() {
        let words = Secret::new(b"cactus-lemon-violin".to_vec());
        let others = Secret::new(b"cactus-lemon-viola".to_vec());
        let (sender, recipient) = play(suite, &exchange, &words);
        let mut random = super::random::system;
        let stranger = RecipientRun::start(&round(suite, &exchange, &others, "capsB"), sender.x(), &mut random);
        let stranger = stranger.expect("y");
        let round_a = round(suite, &exchange, &words, "capsA");
        let refused = sender.finish(&round_a, stranger.y(), &stranger.hh_k()).expect_err("wrong words");
        assert_eq!(refused.code(), Code::WrongCode);
        let round_b = round(suite, &exchange, &words, "capsB");
        let refused = recipient.confirm(&round_b, &super::base64url::encode(&[0; 32])).expect_err("a wrong tag");
        assert_eq!(refused.code(), Code::WrongCode);
    }
}

pub(super) fn kind(name: &str) -> MessageType {
    use MessageType::{Accept, Ack, Body, End, Error, Hello, Manifest};
    let all = [Hello, Manifest, Accept, Body, End, Ack, Error];
    all.into_iter().find(|kind| kind.name() == name).expect("a type")
}

pub(super) fn place(value: &Value) -> Place {
    let direction = match text(&value["direction"]) {
        "s2r" => Direction::SenderToRecipient,
        _ => Direction::RecipientToSender,
    };
    Place { direction, index: value["index"].as_u64().expect("an index"), conn: bytes(&value["conn"]) }
}

fn seal(key: &Secret, chunk: usize, place: &Place, kind: MessageType, plaintext: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::new(key, chunk, place, kind, salt.try_into().expect("24 bytes"));
    let mut wire = sealer.header().to_vec();
    let mut rest = plaintext;
    loop {
        let (part, behind) = rest.split_at(rest.len().min(chunk));
        sealer.seal(part, &mut wire);
        if part.len() < chunk {
            return wire;
        }
        rest = behind;
    }
}

/// `None` when something was changed.
fn open(key: &Secret, chunk: usize, place: &Place, kind: MessageType, wire: &[u8]) -> Option<Vec<u8>> {
    let (header, mut rest) = wire.split_first_chunk::<HEADER_BYTES>()?;
    let (_, mut opener) = Opener::matching(key, chunk, place, &[MessageType::Error, kind], header)?;
    let mut plaintext = Vec::new();
    loop {
        let (length, behind) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let (sealed, behind) = behind.split_at_checked(opener.length(*length)?)?;
        let mut sealed = sealed.to_vec();
        let (part, is_last) = opener.open(&mut sealed)?;
        plaintext.extend_from_slice(part);
        rest = behind;
        if is_last {
            return rest.is_empty().then_some(plaintext);
        }
    }
}

#[test]
fn the_first_records_have_these_bytes_and_no_others() {
    for (_, exchange) in exchanges() {
        let values = &exchange["values"];
        let chunk = values["chunk"].as_u64().expect("a chunk") as usize;
        for record in exchange["records"].as_array().expect("records") {
            let key = Secret::new(bytes(&values[format!("key_{}", text(&record["direction"]))]));
            let (place, kind) = (place(record), kind(text(&record["type"])));
            let (wire, plaintext) = (bytes(&record["wire"]), bytes(&record["plaintext"]));
            assert_eq!(hex(&seal(&key, chunk, &place, kind, &plaintext, &bytes(&record["salt"]))), hex(&wire));
            assert_eq!(open(&key, chunk, &place, kind, &wire).as_deref(), Some(&plaintext[..]));
            for at in 0..wire.len() {
                let mut changed = wire.clone();
                changed[at] ^= 1;
                assert_eq!(open(&key, chunk, &place, kind, &changed), None, "byte {at}");
            }
            let moved = Place { index: place.index + 1, ..place.clone() };
            assert_eq!(open(&key, chunk, &moved, kind, &wire), None, "another index");
        }
    }
}

#[test]
fn messages_at_the_borders_of_a_chunk() {
    for border in document("exchange.json")["borders"].as_array().expect("borders") {
        let key = Secret::new(bytes(&border["direction_key"]));
        let chunk = border["chunk"].as_u64().expect("a chunk") as usize;
        let length = border["plaintext_length"].as_u64().expect("a length") as usize;
        let plaintext: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let (place, kind) = (place(border), kind(text(&border["type"])));
        let wire = seal(&key, chunk, &place, kind, &plaintext, &bytes(&border["salt"]));
        assert_eq!(wire.len() as u64, border["wire_length"].as_u64().expect("a length"));
        assert_eq!(hex(&Sha256::digest(&wire)), text(&border["wire_sha256"]));
        assert_eq!(open(&key, chunk, &place, kind, &wire), Some(plaintext));
    }
}
