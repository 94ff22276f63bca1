//! JSON lines, as manifest and accept are made of: one object a line (PROTOCOL.md section 6.3).

use super::{
    messages::bad_message,
    strict_json::{self, Object},
};
use crate::Error;

/// Without its LF.
const MAX_LINE: usize = 16_384;

/// Cuts the plaintext of a message into lines as it comes, holding at most one line.
#[derive(Default)]
pub(crate) struct LineReader {
    held: Vec<u8>,
}

impl LineReader {
    /// Hands every whole line of a chunk to `take`.
    pub(crate) fn push(
        &mut self,
        mut plaintext: &[u8],
        mut take: impl FnMut(Object) -> Result<(), Error>,
    ) -> Result<(), Error> {
        while let Some(end) = plaintext.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = plaintext.split_at(end);
            self.hold(line)?;
            take(read_line(&self.held)?)?;
            self.held.clear();
            plaintext = &rest[1..];
        }
        self.hold(plaintext)
    }

    /// The message has ended; its last line may come without an LF.
    pub(crate) fn finish(self) -> Result<Option<Object>, Error> {
        if self.held.is_empty() { Ok(None) } else { read_line(&self.held).map(Some) }
    }

    fn hold(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.held.len() + bytes.len() > MAX_LINE {
            return Err(bad_message("a line is too long"));
        }
        self.held.extend_from_slice(bytes);
        Ok(())
    }
}

fn read_line(line: &[u8]) -> Result<Object, Error> {
    strict_json::parse_object(line).ok_or_else(|| bad_message("a line is not a JSON object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Object>, Error> {
        let mut reader = LineReader::default();
        let mut lines = Vec::new();
        for chunk in chunks {
            reader.push(chunk, |line| {
                lines.push(line);
                Ok(())
            })?;
        }
        lines.extend(reader.finish()?);
        Ok(lines)
    }

    #[test]
    fn no_line_is_empty_or_too_long() {
        assert!(read([&b"{}\n\n{}"[..]]).is_err());
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_LINE));
        assert!(read([long.as_bytes()]).is_err());
    }

    proptest! {
        #[test]
        fn where_chunks_are_cut_does_not_matter(numbers in proptest::collection::vec(any::<u32>(), 1..9), cut in 1usize..20) {
            let text: String = numbers.iter().map(|number| format!("{{\"n\":{number}}}\n")).collect();
            let whole = read([text.as_bytes()]).expect("lines");
            prop_assert_eq!(&read(text.as_bytes().chunks(cut)).expect("lines"), &whole);
            prop_assert_eq!(&read([text.trim_end().as_bytes()]).expect("lines"), &whole);
            prop_assert_eq!(whole.len(), numbers.len());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, cut in 1usize..20) {
            let _ = read(bytes.chunks(cut));
        }
    }
}
