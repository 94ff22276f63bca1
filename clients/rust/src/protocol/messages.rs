//! The messages of one chunk: hello, end, ack and error (PROTOCOL.md section 6.3).

use super::{
    handshake::SAS_NONCE_BYTES,
    strict_json::{self, Object},
};
use crate::{Code, Error, Role, clean_text::clean_text};

/// The plaintext of each of them, at most.
pub(crate) const MAX_BYTES: usize = 4096;
pub(crate) const NONCE_BYTES: usize = 16;
/// Six bytes for a character at most, so that the cut text fits whatever it holds.
const MAX_ERROR_CHARACTERS: usize = 600;

/// What `hello` brings. Nothing of it but `ns` is acted on before a second message of that side has opened.
pub(crate) struct Hello {
    pub(crate) nonce: [u8; NONCE_BYTES],
    /// Empty from a recipient.
    pub(crate) ns: Vec<u8>,
}

/// What the sender did on this connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// The given-up ones included.
    pub(crate) entries: u64,
    pub(crate) failed: u64,
    pub(crate) bytes: u64,
}

/// What the recipient has in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ack {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

pub(crate) fn encode_hello(nonce: &[u8; NONCE_BYTES], ns: &[u8]) -> Vec<u8> {
    [nonce.as_slice(), ns, b"{}"].concat()
}

/// `from` is the role whose hello it is.
pub(crate) fn decode_hello(from: Role, plaintext: &[u8]) -> Result<Hello, Error> {
    check_size(plaintext, "hello")?;
    let ns_bytes = if from == Role::Sender { SAS_NONCE_BYTES } else { 0 };
    let (nonce, rest) = plaintext.split_first_chunk().ok_or_else(|| bad_message("hello is not valid"))?;
    let (ns, object) = rest.split_at_checked(ns_bytes).ok_or_else(|| bad_message("hello is not valid"))?;
    decode_object("hello", object)?;
    Ok(Hello { nonce: *nonce, ns: ns.to_vec() })
}

pub(crate) fn encode_end(end: End) -> Vec<u8> {
    let End { entries, failed, bytes } = end;
    serde_json::json!({ "entries": entries, "failed": failed, "bytes": bytes }).to_string().into_bytes()
}

pub(crate) fn decode_end(plaintext: &[u8]) -> Result<End, Error> {
    let object = decode_object("end", plaintext)?;
    Ok(End {
        entries: integer(&object, "entries", "end")?,
        failed: integer(&object, "failed", "end")?,
        bytes: integer(&object, "bytes", "end")?,
    })
}

pub(crate) fn encode_ack(ack: Ack) -> Vec<u8> {
    let Ack { entries, bytes } = ack;
    serde_json::json!({ "entries": entries, "bytes": bytes }).to_string().into_bytes()
}

pub(crate) fn decode_ack(plaintext: &[u8]) -> Result<Ack, Error> {
    let object = decode_object("ack", plaintext)?;
    Ok(Ack { entries: integer(&object, "entries", "ack")?, bytes: integer(&object, "bytes", "ack")? })
}

/// What the other side is told of an error here. `None` after a loss: there is nobody to hear it.
pub(crate) fn encode_error(error: &Error) -> Option<Vec<u8>> {
    let name = match error.code() {
        Code::ConnectionLost => return None,
        code if is_told(code) => code.name(),
        // Interrupted here is cancelled there, and so is whatever else ended this side.
        _ => Code::Cancelled.name(),
    };
    let message: String = error.message().chars().take(MAX_ERROR_CHARACTERS).collect();
    Some(serde_json::json!({ "code": name, "message": message }).to_string().into_bytes())
}

/// What an error of the other side is here. A code that is not known is [`Code::Failed`], exit 1.
pub(crate) fn decode_error(plaintext: &[u8]) -> Result<Error, Error> {
    let object = decode_object("error", plaintext)?;
    let text = |key: &str| {
        let value = object.get(key).and_then(|value| value.as_text());
        value.ok_or_else(|| bad_message("error is not valid"))
    };
    let code = Code::from_name(text("code")?).filter(|&code| is_told(code)).unwrap_or(Code::Failed);
    let told = clean_text(text("message")?);
    let message = if told.is_empty() { code.message() } else { &told };
    let error = Error::new(code).with_message(format!("the other side: {message}"));
    Ok(match code {
        Code::NoSpace => error.with_hint("The other side has to make room, or to choose another folder."),
        Code::CannotWrite => error.with_hint("The other side has to look at its folder, or to choose another."),
        Code::CannotRead => error.with_hint("The other side has to look at its files."),
        Code::Interfered => {
            error.with_hint("The other side found it changed on its way. Try another network or relay.")
        }
        _ => error,
    })
}

/// The codes of the table in section 6.3.
fn is_told(code: Code) -> bool {
    matches!(
        code,
        Code::Declined
            | Code::Cancelled
            | Code::Interfered
            | Code::NoSpace
            | Code::CannotWrite
            | Code::CannotRead
            | Code::BadMessage
            | Code::Unsupported
    )
}

pub(crate) fn bad_message(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(Code::BadMessage).with_message(message)
}

fn check_size(plaintext: &[u8], what: &str) -> Result<(), Error> {
    if plaintext.len() > MAX_BYTES {
        return Err(bad_message(format!("{what} is too long")));
    }
    Ok(())
}

fn decode_object(what: &str, bytes: &[u8]) -> Result<Object, Error> {
    check_size(bytes, what)?;
    strict_json::parse_object(bytes).ok_or_else(|| bad_message(format!("{what} is not valid")))
}

fn integer(object: &Object, key: &str, what: &str) -> Result<u64, Error> {
    let value = object.get(key).and_then(|value| value.as_integer());
    value.ok_or_else(|| bad_message(format!("{what} is not valid")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_said_is_heard() {
        let end = End { entries: 3, failed: 1, bytes: 12 };
        assert_eq!(decode_end(&encode_end(end)).expect("an end"), end);
        let told = encode_error(&Error::new(Code::NoSpace).with_message("\u{1b}full")).expect("told");
        let heard = decode_error(&told).expect("an error");
        assert_eq!((heard.code(), heard.message()), (Code::NoSpace, "the other side: full"));
    }

    #[test]
    fn what_the_other_side_cannot_know_is_cancelled() {
        let told = encode_error(&Code::WrongCode.into()).expect("told");
        assert_eq!(decode_error(&told).expect("an error").code(), Code::Cancelled);
        assert!(encode_error(&Code::ConnectionLost.into()).is_none());
        let later = decode_error(br#"{"code":"later","message":"x"}"#).expect("an error");
        assert_eq!(later.exit_code(), 1);
    }

    proptest! {
        #[test]
        fn no_bytes_make_them_panic(bytes: Vec<u8>) {
            let _ = decode_hello(Role::Sender, &bytes);
            let _ = decode_hello(Role::Recipient, &bytes);
            let _ = (decode_end(&bytes).is_ok(), decode_ack(&bytes).is_ok(), decode_error(&bytes).is_ok());
        }
    }
}
