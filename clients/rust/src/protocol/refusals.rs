//! What a peer must refuse, and neighbours that it must take: test/vectors/refusals.json.

use serde_json::Value;

use super::{
    accept::{AcceptReader, Acceptance},
    body::BodyReader,
    capabilities,
    handshake::{RecipientRun, Round, SenderRun},
    key_schedule::sas_commitment,
    manifest::{Manifest, ManifestReader},
    messages,
    record::{HEADER_BYTES, LENGTH_BYTES, MessageType, Opener},
    secret::{Secret, same},
    suite::Suite,
    vectors::{bytes, document, drawing, hex, kind, place, text},
};
use crate::{Code, CodePhrase, Error, Role};

/// What came of a case: the values that it names for what is taken, or the error.
type Outcome = Result<Vec<(&'static str, String)>, Error>;

#[test]
fn what_must_be_refused_is_refused_and_its_neighbours_are_taken() {
    let document = document("refusals.json");
    let mut seen = 0;
    for case in document["cases"].as_array().expect("cases") {
        let name = format!("{}: {}", text(&case["kind"]), text(&case["name"]));
        // A suite that is not known here is refused before anything is read.
        if let Some(curve) = case["curve"].as_str()
            && Suite::from_name(curve).is_err()
        {
            continue;
        }
        seen += 1;
        match (run(case), case["refused"].as_bool().expect("a verdict")) {
            (Err(error), true) => assert_eq!(error.name(), text(&case["problem"]), "{name}"),
            (Ok(found), false) => {
                for (key, value) in found {
                    let told = &case[key];
                    let told = told.as_str().map_or_else(|| told.to_string(), str::to_owned);
                    assert!(told == "null" || told == value, "{name}: {key} is {value}, not {told}");
                }
            }
            (Ok(_), true) => panic!("{name}: was taken"),
            (Err(error), false) => panic!("{name}: {error:?}"),
        }
    }
    assert!(seen > 400, "{seen} cases");
}

fn run(case: &Value) -> Outcome {
    let plaintext = || bytes(&case["plaintext"]);
    match text(&case["kind"]) {
        "x" => {
            recipient(case)?;
            Ok(Vec::new())
        }
        "y" => sender(case),
        "h_k" => {
            let (run, words) = recipient(case)?;
            let session = run.confirm(&round(case, &words), text(&case["h_k"]))?;
            Ok(vec![("h_k", session.keys.h_k_text().to_string())])
        }
        "code" => {
            let code = CodePhrase::parse(text(&case["code"]))?;
            let secret = String::from_utf8(code.secret().reveal().to_vec()).expect("text");
            Ok(vec![("channel", code.channel().to_owned()), ("secret", secret)])
        }
        "capabilities" => {
            let chunk = capabilities::agree(capabilities::CHUNK, &bytes(&case["bytes"]))?;
            Ok(vec![("chunk", chunk.to_string())])
        }
        "hello" => {
            let from = if text(&case["from"]) == "sender" { Role::Sender } else { Role::Recipient };
            let hello = messages::decode_hello(from, &plaintext())?;
            Ok(vec![("nonce", hex(&hello.nonce)), ("nS", hex(&hello.ns))])
        }
        "commitment" => match same(&sas_commitment(&bytes(&case["nS"])), &bytes(&case["commitment"])) {
            true => Ok(Vec::new()),
            false => Err(Code::Interfered.into()),
        },
        "manifest" => {
            manifest(&plaintext())?;
            Ok(Vec::new())
        }
        "accept" => {
            accept(&manifest(&bytes(&case["manifest"]))?, &plaintext())?;
            Ok(Vec::new())
        }
        "body" => body(case),
        "end" => messages::decode_end(&plaintext()).map(|_| Vec::new()),
        "ack" => messages::decode_ack(&plaintext()).map(|_| Vec::new()),
        "error" => Ok(vec![("code", messages::decode_error(&plaintext())?.name().to_owned())]),
        "record" => record(case).ok_or_else(|| Code::ConnectionLost.into()),
        other => panic!("{other} is not known"),
    }
}

fn words(case: &Value) -> Secret {
    CodePhrase::parse(text(&case["code"])).expect("a code").secret().clone()
}

fn round<'a>(case: &'a Value, words: &'a Secret) -> Round<'a> {
    Round {
        suite: Suite::from_name(text(&case["curve"])).expect("a suite"),
        channel: text(&case["code"]).split('-').next().expect("a channel"),
        words,
        capabilities: capabilities::OWN,
        chunk: capabilities::CHUNK,
    }
}

fn recipient(case: &Value) -> Result<(RecipientRun, Secret), Error> {
    let words = words(case);
    let mut drawn = vec![&case["yb_seed"]];
    drawn.extend(case.get("mlkem_m"));
    let run = RecipientRun::start(&round(case, &words), text(&case["x"]), &mut drawing(&drawn))?;
    Ok((run, words))
}

fn sender(case: &Value) -> Outcome {
    let words = words(case);
    let mut drawn = vec![&case["sid"], &case["ya_seed"], &case["nS"]];
    drawn.extend(case.get("mlkem_seed"));
    let run = SenderRun::start(&round(case, &words), &mut drawing(&drawn))?;
    assert_eq!(run.x(), text(&case["x"]));
    let session = run.finish(&round(case, &words), text(&case["y"]), text(&case["hh_k"]))?;
    Ok(vec![("h_k", session.keys.h_k_text().to_string())])
}

fn manifest(plaintext: &[u8]) -> Result<Manifest, Error> {
    let mut reader = ManifestReader::default();
    reader.push(plaintext)?;
    reader.finish()
}

fn accept(manifest: &Manifest, plaintext: &[u8]) -> Result<Acceptance, Error> {
    let mut reader = AcceptReader::new(manifest);
    reader.push(plaintext)?;
    reader.finish()
}

fn body(case: &Value) -> Outcome {
    let manifest = manifest(&bytes(&case["manifest"])).expect("a manifest");
    let acceptance = accept(&manifest, &bytes(&case["accept"])).expect("an answer");
    let mut reader = BodyReader::new(&manifest, &acceptance);
    for message in case["messages"].as_array().expect("messages") {
        let message = bytes(message);
        let mut chunk = &message[..];
        while reader.next(&mut chunk)?.is_some() {}
        reader.finish_message()?;
    }
    reader.finish()?;
    Ok(Vec::new())
}

fn record(case: &Value) -> Option<Vec<(&'static str, String)>> {
    let key = Secret::new(bytes(&case["key"]));
    let chunk = case["chunk"].as_u64().expect("a chunk") as usize;
    let may: Vec<MessageType> = case["may"].as_array().expect("types").iter().map(|name| kind(text(name))).collect();
    let wire = bytes(&case["wire"]);
    let (header, mut rest) = wire.split_first_chunk::<HEADER_BYTES>()?;
    let (kind, mut opener) = Opener::matching(&key, chunk, &place(case), &may, header)?;
    let mut length = 0;
    loop {
        let (n, behind) = rest.split_first_chunk::<LENGTH_BYTES>()?;
        let (sealed, behind) = behind.split_at_checked(opener.length(*n)?)?;
        let mut sealed = sealed.to_vec();
        let (part, is_last) = opener.open(&mut sealed)?;
        assert!(part.iter().enumerate().all(|(at, &byte)| usize::from(byte) == (length + at) % 251));
        length += part.len();
        rest = behind;
        if is_last {
            // What is behind is the next message's.
            return Some(vec![("type", kind.name().to_owned()), ("length", length.to_string())]);
        }
    }
}
