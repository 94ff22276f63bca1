//! Length-value encoding: `lv_cat` of CPace, draft-irtf-cfrg-cpace-21.

/// A length takes at most this many bytes (PROTOCOL.md section 3.3, rule 1).
const MAX_LENGTH_BYTES: usize = 3;

/// Each part behind its length in unsigned LEB128.
pub(crate) fn lv(parts: &[&[u8]]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(parts.iter().map(|part| part.len() + MAX_LENGTH_BYTES).sum());
    for part in parts {
        let mut length = part.len();
        while length > 0x7f {
            whole.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        whole.push(length as u8);
        whole.extend_from_slice(part);
    }
    whole
}

/// Takes apart exactly `N` parts with nothing behind them.
///
/// `None` for what [`lv`] would not have written, and for a length of more than three bytes.
pub(crate) fn read_lv<const N: usize>(mut data: &[u8]) -> Option<[&[u8]; N]> {
    let mut parts = [&data[..0]; N];
    for part in &mut parts {
        let (length, rest) = read_length(data)?;
        (*part, data) = rest.split_at_checked(length)?;
    }
    data.is_empty().then_some(parts)
}

fn read_length(data: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    for (at, &byte) in data.iter().take(MAX_LENGTH_BYTES).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            // A zero at the end would be a longer form of a shorter length.
            let is_shortest = byte != 0 || at == 0;
            return is_shortest.then(|| (length, &data[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_specification() {
        assert_eq!(lv(&[b"ab", b""]), [2, 0x61, 0x62, 0]);
    }

    #[test]
    fn other_forms_are_refused() {
        for bytes in [&[0x80, 0][..], &[2, 1], &[1, 1, 9], &[0x80, 0x80, 0x80, 1], &[0x80], &[]] {
            assert!(read_lv::<1>(bytes).is_none(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_was_put_together_comes_apart(a: Vec<u8>, b in proptest::collection::vec(any::<u8>(), 0..40_000)) {
            let whole = lv(&[&a, &b]);
            prop_assert_eq!(read_lv::<2>(&whole), Some([&a[..], &b[..]]));
        }

        #[test]
        fn there_is_one_encoding(bytes: Vec<u8>) {
            if let Some(parts) = read_lv::<2>(&bytes) {
                prop_assert_eq!(lv(&parts), bytes);
            }
        }
    }
}
