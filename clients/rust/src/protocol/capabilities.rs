//! What a side can do: `capsA` and `capsB` (PROTOCOL.md section 3.2).

use super::strict_json::{self, Value};
use crate::{Code, Error};

/// The versions of the protocol that this peer speaks.
const VERSIONS: &[u64] = &[1];
/// The largest chunk that this peer takes, and what absent means.
pub(crate) const CHUNK: u64 = 1 << 20;
const MIN_CHUNK: u64 = 1 << 14;
const MAX_CHUNK: u64 = 1 << 23;
pub(crate) const MAX_BYTES: usize = 1024;

/// Ours. They are hashed as they are, so both sides see these very bytes.
pub(crate) const OWN: &[u8] = br#"{"v":[1],"chunk":1048576}"#;

/// The chunk that both sides take.
///
/// # Errors
///
/// [`Code::Unsupported`] when the other side has no version in common, or describes itself in no valid way
pub(crate) fn agree(own_chunk: u64, theirs: &[u8]) -> Result<usize, Error> {
    let (versions, chunk) = decode(theirs).ok_or_else(|| {
        Error::new(Code::Unsupported)
            .with_message("the other side describes itself in a way that is not valid")
            .with_hint("Update duet on the other side.")
    })?;
    if !versions.iter().any(|version| VERSIONS.contains(version)) {
        return Err(no_common_version(&versions));
    }
    Ok(own_chunk.min(chunk) as usize)
}

fn decode(bytes: &[u8]) -> Option<(Vec<u64>, u64)> {
    if bytes.len() > MAX_BYTES {
        return None;
    }
    let object = strict_json::parse_object(bytes)?;
    let versions = object.get("v")?.as_list()?.iter().map(Value::as_integer).collect::<Option<Vec<_>>>()?;
    let chunk = object.get("chunk").map_or(Some(CHUNK), Value::as_integer)?;
    let is_chunk = chunk.is_power_of_two() && (MIN_CHUNK..=MAX_CHUNK).contains(&chunk);
    (is_chunk && !versions.is_empty()).then_some((versions, chunk))
}

fn no_common_version(theirs: &[u64]) -> Error {
    let error = Error::new(Code::Unsupported);
    if VERSIONS.iter().max() < theirs.iter().max() {
        error.with_message("this duet is too old for the other side").with_hint("Update duet here, on this side.")
    } else {
        error.with_message("the other side's duet is too old for this one").with_hint("Update duet on the other side.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_chunk_is_used() {
        for (theirs, chunk) in [
            (r#"{"v":[1],"chunk":65536}"#, Some(65536)),
            (r#"{"v":[0,1,2],"chunk":8388608,"later":{}}"#, Some(1 << 20)),
            (r#"{"v":[1]}"#, Some(1 << 20)),
            (r#"{"v":[2]}"#, None),
            (r#"{"v":[]}"#, None),
            (r#"{"v":1}"#, None),
            (r#"{"v":[1],"chunk":65537}"#, None),
            (r#"{"v":[1],"chunk":8192}"#, None),
            (r#"{"v":[1],"chunk":null}"#, None),
            (r#"{"v":[1],"v":[1]}"#, None),
        ] {
            assert_eq!(agree(CHUNK, theirs.as_bytes()).ok(), chunk, "{theirs}");
        }
    }

    #[test]
    fn ours_are_valid() {
        assert_eq!(decode(OWN), Some((VERSIONS.to_vec(), CHUNK)));
    }
}
