//! From `ISK` and `ss` to the keys of a round (PROTOCOL.md section 3.1).

use hkdf::Hkdf;
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::{cpace::PROTOCOL, lv::lv, secret::Secret};

const EXTRACT_SALT: &[u8] = b"duet/1 extract";
const KEY_BYTES: usize = 32;

/// `TH`: everything that both sides have sent, as it came.
pub(crate) fn transcript_hash(curve: &str, channel: &str, x: &[u8], y: &[u8]) -> [u8; 64] {
    Sha512::digest(lv(&[PROTOCOL, curve.as_bytes(), channel.as_bytes(), x, y])).into()
}

/// `prk`
pub(crate) fn extract(ss: &[u8], isk: &Secret) -> Secret {
    let material = Zeroizing::new(lv(&[ss, isk.reveal()]));
    let (prk, _) = Hkdf::<Sha512>::extract(Some(EXTRACT_SALT), &material);
    Secret::new(prk.to_vec())
}

/// `k`
pub(crate) fn round_key(prk: &Secret, transcript: &[u8; 64]) -> Secret {
    expand_sha512(prk.reveal(), &lv(&[PROTOCOL, b"k", transcript]), KEY_BYTES)
}

/// `D(label)`
pub(crate) fn derive(k: &Secret, label: &[u8]) -> Secret {
    expand_sha256(k.reveal(), &lv(&[PROTOCOL, label, b""]), KEY_BYTES)
}

/// `hh_k`
pub(crate) fn hash_of_h_k(h_k: &Secret) -> [u8; 32] {
    Sha256::digest(lv(&[PROTOCOL, b"hh_k", h_k.reveal()])).into()
}

/// The digits that people compare: 24 bits, `0123 4567`. This peer shows none; it checks what they are made of.
#[cfg(test)]
pub(crate) fn sas(k: &Secret, ns: &[u8]) -> String {
    let bytes = expand_sha256(k.reveal(), &lv(&[PROTOCOL, b"sas", ns]), 3);
    let number = bytes.reveal().iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte));
    format!("{:04} {:04}", number / 10_000, number % 10_000)
}

/// What the sender commits to in `x`, so that it cannot choose the digits afterwards.
pub(crate) fn sas_commitment(ns: &[u8]) -> [u8; 32] {
    Sha256::digest(lv(&[PROTOCOL, b"sas-commit", ns])).into()
}

/// HKDF-Expand of RFC 5869 over SHA-512. A key shorter than the hash counts as one with zeros behind it.
///
/// # Panics
///
/// Never for what this crate asks: a key of at most 64 bytes and 255 hashes of output.
pub(crate) fn expand_sha512(key: &[u8], info: &[u8], length: usize) -> Secret {
    let mut padded = Zeroizing::new([0u8; 64]);
    padded[..key.len()].copy_from_slice(key);
    let mut out = vec![0; length];
    Hkdf::<Sha512>::from_prk(&*padded)
        .expect("the key has the length of the hash")
        .expand(info, &mut out)
        .expect("fewer than 255 hashes are asked for");
    Secret::new(out)
}

fn expand_sha256(key: &[u8], info: &[u8], length: usize) -> Secret {
    let mut out = vec![0; length];
    Hkdf::<Sha256>::from_prk(key)
        .expect("k has the length of the hash")
        .expand(info, &mut out)
        .expect("fewer than 255 hashes are asked for");
    Secret::new(out)
}
