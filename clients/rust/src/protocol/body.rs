//! The bytes themselves: frames back to back, over as many messages as it takes (PROTOCOL.md section 6.3).

use super::{
    accept::{Acceptance, Decision},
    manifest::{Kind, Manifest},
    messages::bad_message,
    strict_json::MAX_INTEGER,
};
use crate::Error;

/// u64be entry ‖ u64be offset ‖ u32be n
pub(crate) const HEADER_BYTES: usize = 20;
const MAX_FRAME: usize = 1 << 24;
/// The offset that gives an entry up.
const GIVEN_UP: u64 = u64::MAX;

/// The header of a frame. No bytes end a stream.
pub(crate) fn frame_header(entry: usize, offset: u64, length: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(&(entry as u64).to_be_bytes());
    header[8..16].copy_from_slice(&offset.to_be_bytes());
    header[16..].copy_from_slice(&length.to_be_bytes());
    header
}

/// The frame that gives an entry up.
pub(crate) fn given_up(entry: usize) -> [u8; HEADER_BYTES] {
    frame_header(entry, GIVEN_UP, 0)
}

/// What a frame brings, piece by piece.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Never empty. An entry that was to be resumed may begin again at 0: then what is there goes.
    Data { entry: usize, offset: u64, bytes: &'a [u8] },
    /// A stream has ended.
    StreamEnd { entry: usize },
    /// The sender could not read it to its end.
    GivenUp { entry: usize },
}

/// Reads the bodies of one connection, and refuses what was not offered and accepted.
pub(crate) struct BodyReader<'a> {
    order: Order<'a>,
    /// The part of a header that has come, while the rest is in the next chunk.
    held: Vec<u8>,
    entry: usize,
    offset: u64,
    /// How many bytes of the current frame are still to come.
    left: usize,
}

impl<'a> BodyReader<'a> {
    pub(crate) fn new(manifest: &'a Manifest, acceptance: &'a Acceptance) -> Self {
        let order = Order { manifest, acceptance, current: None };
        Self { order, held: Vec::with_capacity(HEADER_BYTES), entry: 0, offset: 0, left: 0 }
    }

    /// Takes the next part off a chunk. `None` when the chunk is used up.
    pub(crate) fn next<'p>(&mut self, chunk: &mut &'p [u8]) -> Result<Option<Part<'p>>, Error> {
        while !chunk.is_empty() {
            if self.left > 0 {
                let (bytes, rest) = chunk.split_at(self.left.min(chunk.len()));
                *chunk = rest;
                let part = Part::Data { entry: self.entry, offset: self.offset, bytes };
                self.offset += bytes.len() as u64;
                self.left -= bytes.len();
                return Ok(Some(part));
            }
            let (bytes, rest) = chunk.split_at((HEADER_BYTES - self.held.len()).min(chunk.len()));
            *chunk = rest;
            self.held.extend_from_slice(bytes);
            if let Some(header) = self.held.first_chunk::<HEADER_BYTES>().copied() {
                self.held.clear();
                if let Some(part) = self.begin(header)? {
                    return Ok(Some(part));
                }
            }
        }
        Ok(None)
    }

    /// A body message has ended.
    pub(crate) fn finish_message(&self) -> Result<(), Error> {
        if self.left > 0 || !self.held.is_empty() {
            return Err(bad_message("a frame crosses messages"));
        }
        Ok(())
    }

    /// `end` has come.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        self.order.pass_to(self.order.manifest.entries.len())
    }

    fn begin<'p>(&mut self, header: [u8; HEADER_BYTES]) -> Result<Option<Part<'p>>, Error> {
        let field = |at: usize| header[at..at + 8].iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        let entry = usize::try_from(field(0)).unwrap_or(usize::MAX);
        let offset = field(8);
        // The low half of the last eight bytes.
        let length = (field(12) & 0xffff_ffff) as usize;
        if length > MAX_FRAME {
            return Err(bad_message("a frame is too long"));
        }
        if length > 0 {
            self.order.data(entry, offset, length as u64)?;
            (self.entry, self.offset, self.left) = (entry, offset, length);
            return Ok(None);
        }
        if offset == GIVEN_UP {
            self.order.enter(entry)?.is_closed = true;
            return Ok(Some(Part::GivenUp { entry }));
        }
        self.order.stream_end(entry, offset)?;
        Ok(Some(Part::StreamEnd { entry }))
    }
}

/// Entries ascend, their bytes are without a gap and no more than their size, and at the end nothing is missing.
struct Order<'a> {
    manifest: &'a Manifest,
    acceptance: &'a Acceptance,
    current: Option<Current>,
}

/// The entry that frames are coming for.
struct Current {
    entry: usize,
    size: Option<u64>,
    /// Where the next byte belongs.
    offset: u64,
    /// Without a frame so far: a resumed entry may still begin again at 0.
    is_fresh: bool,
    /// Given up, or a stream at its end.
    is_closed: bool,
}

impl Order<'_> {
    fn data(&mut self, entry: usize, offset: u64, length: u64) -> Result<(), Error> {
        let current = self.enter(entry)?;
        if current.is_fresh && offset == 0 {
            current.offset = 0;
        }
        if offset != current.offset {
            return Err(bad_message("the bytes of an entry have a gap"));
        }
        current.offset += length;
        current.is_fresh = false;
        if current.offset > current.size.unwrap_or(MAX_INTEGER) {
            return Err(bad_message("an entry has more bytes than its size"));
        }
        Ok(())
    }

    fn stream_end(&mut self, entry: usize, offset: u64) -> Result<(), Error> {
        let is_stream = self.manifest.kind == Kind::Stream;
        let current = self.enter(entry)?;
        if !is_stream {
            return Err(bad_message("an empty frame"));
        }
        if offset != current.offset || current.size.is_some_and(|size| size != offset) {
            return Err(bad_message("the stream ends elsewhere"));
        }
        current.is_closed = true;
        Ok(())
    }

    fn enter(&mut self, entry: usize) -> Result<&mut Current, Error> {
        let is_current = self.current.as_ref().is_some_and(|current| current.entry == entry);
        if !is_current {
            let start = self.start_of(entry);
            let offered = self.manifest.entries.get(entry).filter(|offered| offered.is_file());
            let (Some(offered), Some(start)) = (offered, start) else {
                return Err(bad_message("bytes of an entry that was not asked for"));
            };
            self.pass_to(entry)?;
            let size = offered.size();
            self.current = Some(Current { entry, size, offset: start, is_fresh: true, is_closed: false });
        }
        match &mut self.current {
            Some(current) if !current.is_closed => Ok(current),
            _ => Err(bad_message("an entry goes on after its end")),
        }
    }

    /// Leaves the current entry for a later one. What lies between must need no bytes.
    fn pass_to(&self, entry: usize) -> Result<(), Error> {
        let next = self.current.as_ref().map_or(0, |current| current.entry + 1);
        if entry < next {
            return Err(bad_message("the entries do not ascend"));
        }
        if let Some(current) = &self.current
            && !current.is_closed
            && Some(current.offset) != current.size
        {
            return Err(bad_message("an entry is not whole"));
        }
        for between in next..entry.min(self.manifest.entries.len()) {
            let offered = &self.manifest.entries[between];
            let start = self.start_of(between);
            if offered.is_file() && start.is_some() && start != offered.size() {
                return Err(bad_message("an entry is missing"));
            }
        }
        Ok(())
    }

    /// `None` for an entry that was skipped.
    fn start_of(&self, entry: usize) -> Option<u64> {
        match self.acceptance.decision(entry) {
            Decision::Send => Some(0),
            Decision::Skip => None,
            Decision::Resume { offset, .. } => Some(offset),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::protocol::manifest::{Entry, EntryType};
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        let entry = |path: &str, kind| Entry { path: path.into(), kind, mode: None, mtime: None };
        Manifest {
            kind: Kind::Files,
            entries: vec![
                entry("d", EntryType::Dir),
                entry("a", EntryType::File { size: Some(5) }),
                entry("e", EntryType::File { size: Some(0) }),
                entry("b", EntryType::File { size: Some(3) }),
            ],
            bytes: Some(8),
        }
    }

    fn frame(entry: usize, offset: u64, bytes: &[u8]) -> Vec<u8> {
        [&frame_header(entry, offset, bytes.len() as u32)[..], bytes].concat()
    }

    /// The bytes of each entry, and what was given up.
    fn read(acceptance: &Acceptance, body: &[u8], cut: usize) -> Result<(Vec<u8>, Vec<usize>), Error> {
        let manifest = manifest();
        let mut reader = BodyReader::new(&manifest, acceptance);
        let (mut bytes, mut gone) = (Vec::new(), Vec::new());
        for mut chunk in body.chunks(cut) {
            while let Some(part) = reader.next(&mut chunk)? {
                match part {
                    Part::Data { bytes: more, .. } => bytes.extend_from_slice(more),
                    Part::GivenUp { entry } => gone.push(entry),
                    Part::StreamEnd { .. } => {}
                }
            }
        }
        reader.finish_message()?;
        reader.finish()?;
        Ok((bytes, gone))
    }

    fn everything() -> Acceptance {
        Acceptance::all_but(BTreeMap::new())
    }

    #[test]
    fn what_was_not_offered_or_accepted_is_refused() {
        let skipping = Acceptance::all_but(BTreeMap::from([(3, Decision::Skip)]));
        let a = frame(1, 0, b"hello");
        for (acceptance, body) in [
            (everything(), frame(0, 0, b"x")),
            (everything(), frame(2, 0, b"x")),
            (everything(), frame(4, 0, b"x")),
            (everything(), frame(usize::MAX, 0, b"x")),
            (everything(), frame(1, 1, b"ello")),
            (everything(), frame(1, 0, b"hello!")),
            (everything(), a.clone()),
            (everything(), frame(3, 0, b"abc")),
            (everything(), [frame(3, 0, b"abc"), a.clone()].concat()),
            (everything(), [frame(1, 0, b"hell"), frame(3, 0, b"abc")].concat()),
            (everything(), [a.clone(), frame(1, 5, b"")].concat()),
            (everything(), a[..10].to_vec()),
            (everything(), [frame(1, 0, b"he"), given_up(1).to_vec(), frame(1, 2, b"llo")].concat()),
            (everything(), frame_header(1, 0, 1 << 25).to_vec()),
            (skipping, [a.clone(), frame(3, 0, b"abc")].concat()),
        ] {
            assert!(read(&acceptance, &body, 7).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_resumed_entry_goes_on_or_begins_again() {
        let resume = Decision::Resume { offset: 3, sha256: [0; 32] };
        let acceptance = Acceptance::all_but(BTreeMap::from([(1, resume)]));
        for first in [frame(1, 3, b"lo"), frame(1, 0, b"hello")] {
            assert!(read(&acceptance, &[first, frame(3, 0, b"abc")].concat(), 64).is_ok());
        }
    }

    proptest! {
        #[test]
        fn where_chunks_are_cut_does_not_matter(cut in 1usize..60) {
            let body = [frame(1, 0, b"he"), frame(1, 2, b"llo"), given_up(3).to_vec()].concat();
            let (bytes, gone) = read(&everything(), &body, cut).expect("a body");
            prop_assert_eq!((bytes.as_slice(), gone.as_slice()), (&b"hello"[..], &[3][..]));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, cut in 1usize..60) {
            let _ = read(&everything(), &bytes, cut);
        }
    }
}
