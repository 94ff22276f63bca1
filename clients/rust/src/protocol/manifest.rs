//! What the sender offers: a head line, then one line for each entry (PROTOCOL.md section 6.3).

use std::collections::HashMap;

use super::{
    json_lines::LineReader,
    messages::bad_message,
    strict_json::{MAX_INTEGER, Object, Value},
};
use crate::Error;

/// Listed and implied paths together. With [`MAX_BYTES`] it bounds what a hostile sender can cost.
pub(crate) const MAX_PATHS: usize = 1_000_000;
/// The plaintext of a whole manifest: it is held in memory.
pub(crate) const MAX_BYTES: usize = 64 << 20;
const MAX_PATH_BYTES: usize = 4096;
const MAX_TARGET_BYTES: usize = 4096;
const MAX_MODE: u64 = 0o777;

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Files, folders and links.
    Files,
    /// One file, whose size may not be known.
    Stream,
    /// One text, for a person to read.
    Text,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Files => "files",
            Kind::Stream => "stream",
            Kind::Text => "text",
        }
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryType {
    /// A file. Only a stream has none for its size.
    File {
        /// In bytes.
        size: Option<u64>,
    },
    /// A folder.
    Dir,
    /// A symbolic link.
    Link {
        /// As it stands in the link.
        target: String,
    },
}

/// One file, folder or link that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Names joined by `/`.
    pub path: String,
    /// What it is.
    pub kind: EntryType,
    /// The low nine bits of the mode.
    pub mode: Option<u32>,
    /// Milliseconds since 1970.
    pub mtime: Option<u64>,
}

impl Entry {
    pub(crate) fn size(&self) -> Option<u64> {
        match self.kind {
            EntryType::File { size } => size,
            EntryType::Dir | EntryType::Link { .. } => Some(0),
        }
    }

    pub(crate) fn is_file(&self) -> bool {
        matches!(self.kind, EntryType::File { .. })
    }
}

/// Everything that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// What it is.
    pub kind: Kind,
    /// In the order in which they are numbered.
    pub entries: Vec<Entry>,
    /// The sum of the sizes of all files.
    pub bytes: Option<u64>,
}

impl Manifest {
    /// The whole plaintext.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let head = serde_json::json!({
            "kind": self.kind.name(), "entries": self.entries.len(), "bytes": self.bytes,
        });
        push_line(&mut text, &head);
        for entry in &self.entries {
            let mut line = serde_json::json!({ "path": entry.path, "size": entry.size() });
            match &entry.kind {
                EntryType::File { .. } => line["type"] = "file".into(),
                EntryType::Dir => line["type"] = "dir".into(),
                EntryType::Link { target } => {
                    line["type"] = "link".into();
                    line["target"] = target.as_str().into();
                }
            }
            if let Some(mode) = entry.mode {
                line["mode"] = mode.into();
            }
            if let Some(mtime) = entry.mtime {
                line["mtime"] = mtime.into();
            }
            push_line(&mut text, &line);
        }
        text
    }
}

fn push_line(text: &mut Vec<u8>, line: &serde_json::Value) {
    text.extend_from_slice(line.to_string().as_bytes());
    text.push(b'\n');
}

/// Reads a manifest as its chunks come. Holds what it has read and nothing that was only announced.
#[derive(Default)]
pub(crate) struct ManifestReader {
    lines: LineReader,
    building: Building,
}

#[derive(Default)]
struct Building {
    head: Option<Head>,
    entries: Vec<Entry>,
    paths: PathRegister,
    bytes: u64,
}

struct Head {
    kind: Kind,
    entries: u64,
    bytes: Option<u64>,
}

impl ManifestReader {
    pub(crate) fn push(&mut self, plaintext: &[u8]) -> Result<(), Error> {
        let Self { lines, building } = self;
        lines.push(plaintext, |line| building.read(&line))
    }

    pub(crate) fn finish(self) -> Result<Manifest, Error> {
        let Self { lines, mut building } = self;
        if let Some(line) = lines.finish()? {
            building.read(&line)?;
        }
        let head = building.head.ok_or_else(|| bad_message("the manifest is empty"))?;
        if building.entries.len() as u64 != head.entries {
            return Err(bad_message("the manifest has fewer entries than it says"));
        }
        if head.bytes.is_some_and(|bytes| bytes != building.bytes) {
            return Err(bad_message("the sizes do not add up"));
        }
        Ok(Manifest { kind: head.kind, entries: building.entries, bytes: head.bytes })
    }
}

impl Building {
    fn read(&mut self, line: &Object) -> Result<(), Error> {
        let Some(head) = &self.head else {
            self.head = Some(read_head(line)?);
            return Ok(());
        };
        if self.entries.len() as u64 == head.entries {
            return Err(bad_message("the manifest has more entries than it says"));
        }
        let entry = read_entry(line, head.kind)?;
        self.paths.add(&entry)?;
        if entry.size().is_none() && head.bytes.is_some() {
            return Err(bad_message("the sizes do not add up"));
        }
        // Both are at most 2^53.
        self.bytes += entry.size().unwrap_or(0);
        if self.bytes > MAX_INTEGER {
            return Err(bad_message("the sizes are too large"));
        }
        self.entries.push(entry);
        Ok(())
    }
}

fn read_head(line: &Object) -> Result<Head, Error> {
    let invalid = || bad_message("the head of the manifest is not valid");
    let name = line.get("kind").and_then(Value::as_text).ok_or_else(invalid)?;
    let kind =
        [Kind::Files, Kind::Stream, Kind::Text].into_iter().find(|kind| kind.name() == name).ok_or_else(invalid)?;
    let entries = line.get("entries").and_then(Value::as_integer).ok_or_else(invalid)?;
    if entries > MAX_PATHS as u64 {
        return Err(bad_message("the manifest has too many entries"));
    }
    if kind != Kind::Files && entries != 1 {
        return Err(bad_message("a stream or text has one entry"));
    }
    let bytes = match line.get("bytes") {
        Some(Value::Null) if kind == Kind::Stream => None,
        Some(value) => Some(value.as_integer().ok_or_else(invalid)?),
        None => return Err(invalid()),
    };
    Ok(Head { kind, entries, bytes })
}

fn read_entry(line: &Object, kind: Kind) -> Result<Entry, Error> {
    let path = line.get("path").and_then(Value::as_text).ok_or_else(|| bad_message("an entry has no path"))?;
    let size = line.get("size");
    let entry_type = match line.get("type").and_then(Value::as_text) {
        Some("file") => EntryType::File {
            size: match size {
                Some(Value::Null) if kind == Kind::Stream => None,
                value => {
                    let size = value.and_then(Value::as_integer);
                    Some(size.ok_or_else(|| bad_message("a file has no size"))?)
                }
            },
        },
        _ if kind != Kind::Files => return Err(bad_message("a stream or text is a file")),
        // The size of a directory or link is what a file system makes of it, and means nothing to another.
        _ if size.is_some_and(|size| size.as_integer().is_none()) => return Err(bad_message("a size is not valid")),
        Some("dir") => EntryType::Dir,
        Some("link") => EntryType::Link { target: read_target(line)? },
        _ => return Err(bad_message("an entry of an unknown type")),
    };
    Ok(Entry {
        path: path.to_owned(),
        kind: entry_type,
        mode: optional(line, "mode", MAX_MODE)?.map(|mode| mode as u32),
        mtime: optional(line, "mtime", MAX_INTEGER)?,
    })
}

fn read_target(line: &Object) -> Result<String, Error> {
    let target = line.get("target").and_then(Value::as_text).unwrap_or_default();
    if target.is_empty() || target.len() > MAX_TARGET_BYTES || target.contains('\0') {
        return Err(bad_message("a link has no valid target"));
    }
    Ok(target.to_owned())
}

/// A number that may be absent, but not wrong.
fn optional(line: &Object, key: &str, max: u64) -> Result<Option<u64>, Error> {
    let Some(value) = line.get(key) else { return Ok(None) };
    let number = value.as_integer().filter(|&number| number <= max);
    number.map(Some).ok_or_else(|| bad_message(format!("a {key} is not valid")))
}

/// Parts joined by `/`, none of them empty, `.` or `..`, without NUL and backslash.
fn is_wire_path(path: &str) -> bool {
    path.len() <= MAX_PATH_BYTES
        && !path.contains(['\0', '\\'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Sees to it that no two paths are equal, and that nothing is inside of what is not a folder listed before it.
///
/// A tree and not a set of paths: what a path costs grows with its length, not with its length times its depth.
#[derive(Default)]
struct PathRegister {
    root: Node,
    count: usize,
}

#[derive(Default)]
struct Node {
    inside: HashMap<String, Node>,
    /// A file or link: nothing may be inside.
    is_leaf: bool,
}

impl PathRegister {
    fn add(&mut self, entry: &Entry) -> Result<(), Error> {
        if !is_wire_path(&entry.path) {
            return Err(bad_message("a path is not valid"));
        }
        let mut folder = &mut self.root;
        let mut parts = entry.path.split('/').peekable();
        while let Some(part) = parts.next() {
            if folder.is_leaf {
                return Err(bad_message("a path leads through what is no directory"));
            }
            let is_last = parts.peek().is_none();
            if !folder.inside.contains_key(part) {
                self.count += 1;
                if self.count > MAX_PATHS {
                    return Err(bad_message("the manifest has too many paths"));
                }
                let is_leaf = is_last && entry.kind != EntryType::Dir;
                folder.inside.insert(part.to_owned(), Node { inside: HashMap::new(), is_leaf });
            } else if is_last {
                // Also a directory behind what is in it, which is there already as implied.
                return Err(bad_message("a path comes twice, or a directory after what is in it"));
            }
            folder = folder.inside.entry(part.to_owned()).or_default();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Manifest, Error> {
        let mut reader = ManifestReader::default();
        reader.push(text.as_bytes())?;
        reader.finish()
    }

    fn files(entries: &[&str]) -> String {
        format!("{{\"kind\":\"files\",\"entries\":{},\"bytes\":0}}\n{}", entries.len(), entries.join("\n"))
    }

    const EXAMPLE: &str = concat!(
        "{\"kind\":\"files\",\"entries\":2,\"bytes\":12}\n",
        "{\"path\":\"d\",\"type\":\"dir\",\"size\":0,\"mode\":493,\"mtime\":1767225600000}\n",
        "{\"path\":\"d/hello.txt\",\"type\":\"file\",\"size\":12,\"mode\":420,\"mtime\":1767225600000}\n",
    );

    #[test]
    fn the_example_of_the_specification() {
        let manifest = read(EXAMPLE).expect("a manifest");
        assert_eq!(manifest.entries[1].path, "d/hello.txt");
        let again = read(&String::from_utf8(manifest.encode()).expect("text")).expect("a manifest");
        assert_eq!(again, manifest);
    }

    #[test]
    fn paths_that_no_receiver_can_rely_on_are_refused() {
        for path in ["", "/a", "a/", "a//b", ".", "..", "a/../b", "a\\\\b", "a\\u0000b"] {
            let text = files(&[&format!("{{\"path\":\"{path}\",\"type\":\"file\",\"size\":0}}")]);
            assert!(read(&text).is_err(), "{path}");
        }
    }

    #[test]
    fn no_path_comes_twice_and_none_leads_through_a_file() {
        let file = |path: &str| format!("{{\"path\":\"{path}\",\"type\":\"file\",\"size\":0}}");
        let dir = |path: &str| format!("{{\"path\":\"{path}\",\"type\":\"dir\",\"size\":0}}");
        let link = |path: &str| format!("{{\"path\":\"{path}\",\"type\":\"link\",\"target\":\"x\"}}");
        for entries in
            [[file("a"), file("a")], [file("a"), file("a/b")], [link("a"), file("a/b")], [file("a/b"), dir("a")]]
        {
            assert!(read(&files(&entries.each_ref().map(String::as_str))).is_err(), "{entries:?}");
        }
        assert!(read(&files(&[&file("a/b"), &file("a/c")])).is_ok());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let mut reader = ManifestReader::default();
            if reader.push(&bytes).is_ok() {
                let _ = reader.finish();
            }
        }

        #[test]
        fn a_changed_manifest_never_panics(at in 0..EXAMPLE.len(), byte: u8) {
            let mut bytes = EXAMPLE.as_bytes().to_vec();
            bytes[at] = byte;
            let mut reader = ManifestReader::default();
            if reader.push(&bytes).is_ok() {
                let _ = reader.finish();
            }
        }
    }
}
