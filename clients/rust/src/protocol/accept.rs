//! What the recipient wants: a default, then ascending exceptions from it (PROTOCOL.md section 6.3).

use std::collections::BTreeMap;

use super::{
    base64url,
    json_lines::LineReader,
    manifest::{EntryType, Manifest},
    messages::bad_message,
    strict_json::{Object, Value},
};
use crate::Error;

/// What is to be done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Send,
    Skip,
    /// So many bytes are there, with this hash.
    Resume {
        offset: u64,
        sha256: [u8; 32],
    },
}

/// The answer to a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acceptance {
    default: Decision,
    exceptions: BTreeMap<usize, Decision>,
}

impl Acceptance {
    /// Everything, but for these.
    pub(crate) fn all_but(exceptions: BTreeMap<usize, Decision>) -> Self {
        Self { default: Decision::Send, exceptions }
    }

    pub(crate) fn decision(&self, entry: usize) -> Decision {
        self.exceptions.get(&entry).copied().unwrap_or(self.default)
    }

    /// The sender did not have the bytes that were to be resumed from, or never asked: from here on it is a whole file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = format!("{}\n", serde_json::json!({ "default": simple_name(self.default) }));
        for (entry, decision) in &self.exceptions {
            let line = match decision {
                Decision::Resume { offset, sha256 } => serde_json::json!({
                    "entry": entry, "do": "resume", "offset": offset, "sha256": base64url::encode(sha256),
                }),
                simple => serde_json::json!({ "entry": entry, "do": simple_name(*simple) }),
            };
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text.into_bytes()
    }
}

fn simple_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Skip => "skip",
        Decision::Send | Decision::Resume { .. } => "send",
    }
}

/// Reads the answer as its chunks come.
pub(crate) struct AcceptReader<'a> {
    lines: LineReader,
    building: Building<'a>,
}

struct Building<'a> {
    manifest: &'a Manifest,
    default: Option<Decision>,
    exceptions: BTreeMap<usize, Decision>,
}

impl<'a> AcceptReader<'a> {
    pub(crate) fn new(manifest: &'a Manifest) -> Self {
        let building = Building { manifest, default: None, exceptions: BTreeMap::new() };
        Self { lines: LineReader::default(), building }
    }

    pub(crate) fn push(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        let Self { lines, building } = self;
        lines.push(plaintext, |line| building.read(&line))
    }

    pub(crate) fn finish(self) -> Result<Acceptance, Error> {
        let Self { lines, mut building } = self;
        if let Some(line) = lines.finish()? {
            building.read(&line)?;
        }
        let default = building.default.ok_or_else(|| bad_message("the answer is empty"))?;
        Ok(Acceptance { default, exceptions: building.exceptions })
    }
}

impl Building<'_> {
    fn read(&mut self, line: &Object) -> Result<(), Error> {
        if self.default.is_none() {
            self.default = Some(match line.get("default").and_then(Value::as_text) {
                Some("send") => Decision::Send,
                Some("skip") => Decision::Skip,
                _ => return Err(bad_message("the answer has no default")),
            });
            return Ok(());
        }
        let entry = line.get("entry").and_then(Value::as_integer).and_then(|entry| usize::try_from(entry).ok());
        let latest = self.exceptions.last_key_value().map(|(entry, _)| *entry);
        let entry = entry
            .filter(|entry| latest.is_none_or(|latest| *entry > latest))
            .ok_or_else(|| bad_message("the exceptions do not ascend"))?;
        let offered = self
            .manifest
            .entries
            .get(entry)
            .ok_or_else(|| bad_message("an exception for an entry that was not offered"))?;
        let decision = read_decision(line)?;
        if let Decision::Resume { offset, .. } = decision
            && !matches!(offered.kind, EntryType::File { size: Some(size) } if offset <= size)
        {
            return Err(bad_message("an entry cannot be resumed there"));
        }
        self.exceptions.insert(entry, decision);
        Ok(())
    }
}

fn read_decision(line: &Object) -> Result<Decision, Error> {
    let invalid = || bad_message("an exception is not valid");
    match line.get("do").and_then(Value::as_text) {
        Some("send") => Ok(Decision::Send),
        Some("skip") => Ok(Decision::Skip),
        Some("resume") => Ok(Decision::Resume {
            offset: line.get("offset").and_then(Value::as_integer).ok_or_else(invalid)?,
            sha256: line
                .get("sha256")
                .and_then(Value::as_text)
                .and_then(base64url::decode_array)
                .ok_or_else(invalid)?,
        }),
        _ => Err(invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::manifest::{Entry, Kind};
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        let entry = |path: &str, kind| Entry { path: path.into(), kind, mode: None, mtime: None };
        Manifest {
            kind: Kind::Files,
            entries: vec![
                entry("a", EntryType::File { size: Some(9) }),
                entry("d", EntryType::Dir),
                entry("e", EntryType::File { size: Some(0) }),
            ],
            bytes: Some(9),
        }
    }

    fn read(text: &str) -> Result<Acceptance, Error> {
        let manifest = manifest();
        let mut reader = AcceptReader::new(&manifest);
        reader.push(text.as_bytes())?;
        reader.finish()
    }

    #[test]
    fn what_was_written_is_read() {
        let exceptions = BTreeMap::from([(0, Decision::Resume { offset: 4, sha256: [7; 32] }), (2, Decision::Skip)]);
        let acceptance = Acceptance::all_but(exceptions);
        let text = String::from_utf8(acceptance.encode()).expect("text");
        assert_eq!(read(&text).expect("an answer"), acceptance);
    }

    #[test]
    fn answers_that_do_not_fit_the_offer_are_refused() {
        let hash = base64url::encode(&[0; 32]);
        for lines in [
            String::new(),
            r#"{"default":"resume"}"#.into(),
            "{\"default\":\"send\"}\n{\"entry\":3,\"do\":\"skip\"}".into(),
            "{\"default\":\"send\"}\n{\"entry\":1,\"do\":\"skip\"}\n{\"entry\":1,\"do\":\"skip\"}".into(),
            format!("{{\"default\":\"send\"}}\n{{\"entry\":0,\"do\":\"resume\",\"offset\":10,\"sha256\":\"{hash}\"}}"),
            format!("{{\"default\":\"send\"}}\n{{\"entry\":1,\"do\":\"resume\",\"offset\":0,\"sha256\":\"{hash}\"}}"),
            "{\"default\":\"send\"}\n{\"entry\":0,\"do\":\"resume\",\"offset\":1,\"sha256\":\"AA\"}".into(),
        ] {
            assert!(read(&lines).is_err(), "{lines}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = read(&text);
        }
    }
}
