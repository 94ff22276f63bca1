//! `x` and `y`: what the peers leave for each other at the relay (PROTOCOL.md section 3.1; rule 1 of 3.3).

use super::{base64url, capabilities, cpace, hybrid, lv::read_lv, suite::Suite};

pub(crate) const SID_BYTES: usize = 16;
const COMMITMENT_BYTES: usize = 32;
const MAX_CHARACTERS: usize = 4096;

/// `x`, taken apart.
pub(crate) struct SenderShare {
    /// Decoded, as it is hashed.
    pub(crate) bytes: Vec<u8>,
    pub(crate) sid: Vec<u8>,
    pub(crate) ya: Vec<u8>,
    pub(crate) ad: Vec<u8>,
    pub(crate) encapsulation_key: Vec<u8>,
    pub(crate) commitment: Vec<u8>,
    pub(crate) capabilities: Vec<u8>,
}

impl SenderShare {
    /// `None` for what does not follow rule 1.
    pub(crate) fn read(suite: Suite, text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let [sid, ya, ad] = read_lv(&bytes)?;
        let [encapsulation_key, commitment, capabilities] = read_lv(ad)?;
        let fits = sid.len() == SID_BYTES
            && ya.len() == cpace::SHARE_BYTES
            && encapsulation_key.len() == if suite.is_hybrid() { hybrid::KEY_BYTES } else { 0 }
            && commitment.len() == COMMITMENT_BYTES
            && capabilities.len() <= capabilities::MAX_BYTES;
        fits.then(|| Self {
            sid: sid.to_vec(),
            ya: ya.to_vec(),
            ad: ad.to_vec(),
            encapsulation_key: encapsulation_key.to_vec(),
            commitment: commitment.to_vec(),
            capabilities: capabilities.to_vec(),
            bytes: bytes.clone(),
        })
    }
}

/// `y`, taken apart.
pub(crate) struct RecipientShare {
    /// Decoded, as it is hashed.
    pub(crate) bytes: Vec<u8>,
    pub(crate) yb: Vec<u8>,
    pub(crate) ad: Vec<u8>,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) capabilities: Vec<u8>,
}

impl RecipientShare {
    /// `None` for what does not follow rule 1.
    pub(crate) fn read(suite: Suite, text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let [yb, ad] = read_lv(&bytes)?;
        let [ciphertext, capabilities] = read_lv(ad)?;
        let fits = yb.len() == cpace::SHARE_BYTES
            && ciphertext.len() == if suite.is_hybrid() { hybrid::CIPHERTEXT_BYTES } else { 0 }
            && capabilities.len() <= capabilities::MAX_BYTES;
        fits.then(|| Self {
            yb: yb.to_vec(),
            ad: ad.to_vec(),
            ciphertext: ciphertext.to_vec(),
            capabilities: capabilities.to_vec(),
            bytes: bytes.clone(),
        })
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    (text.len() <= MAX_CHARACTERS).then(|| base64url::decode(text))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in "[A-Za-z0-9_-]{0,200}") {
            for suite in Suite::ALL {
                prop_assert!(SenderShare::read(suite, &text).is_none());
                let _ = RecipientShare::read(suite, &text);
            }
        }
    }
}
