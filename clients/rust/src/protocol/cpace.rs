//! CPace over ristretto255: draft-irtf-cfrg-cpace-21 in its initiator-responder form (PROTOCOL.md section 3.1).

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::IsIdentity as _};
use sha2::{Digest as _, Sha512};
use zeroize::Zeroizing;

use super::{lv::lv, secret::Secret};

pub(crate) const PROTOCOL: &[u8] = b"duet/1";
pub(crate) const DSI: &[u8] = b"CPaceRistretto255";
/// The block of SHA-512: the password and its padding fill the first one.
const BLOCK: usize = 128;
/// Wide enough that `seed mod (order - 1)` is uniform to 2^-128.
pub(crate) const SEED_BYTES: usize = 48;
pub(crate) const SHARE_BYTES: usize = 32;

/// `CI`: what both sides must agree on before they begin.
pub(crate) fn channel_identifier(curve: &str, channel: &str) -> Vec<u8> {
    lv(&[PROTOCOL, curve.as_bytes(), channel.as_bytes(), b"sender", b"recipient"])
}

/// `gs`: the words, padded so that hashing them takes one block whatever their length.
pub(crate) fn generator_string(words: &[u8], identifier: &[u8], sid: &[u8]) -> Zeroizing<Vec<u8>> {
    let used = lv(&[words]).len() + lv(&[DSI]).len();
    let zeros = [0; BLOCK];
    let padding = &zeros[..(BLOCK - 1).saturating_sub(used)];
    Zeroizing::new(lv(&[DSI, words, padding, identifier, sid]))
}

/// `g`: the element derivation of RFC 9496 section 4.3.4.
pub(crate) fn generator(gs: &[u8]) -> RistrettoPoint {
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(gs)));
    RistrettoPoint::from_uniform_bytes(&hash)
}

/// A scalar in 1 … order - 1: `seed mod (order - 1) + 1`, the seed read little-endian.
///
/// The library reduces by the order, not by order - 1, so this divides by itself: in 384 steps that do not depend on
/// the seed's value.
pub(crate) fn scalar_from_seed(seed: &[u8; SEED_BYTES]) -> Zeroizing<Scalar> {
    let order_less_one = (-Scalar::ONE).to_bytes();
    let mut remainder = Zeroizing::new([0u8; 33]);
    for bit in (0..SEED_BYTES * 8).rev() {
        let next = (seed[bit / 8] >> (bit % 8)) & 1;
        shift_in(&mut remainder, next);
        reduce(&mut remainder, &order_less_one);
    }
    let mut bytes = Zeroizing::new([0u8; 32]);
    bytes.copy_from_slice(&remainder[..32]);
    Zeroizing::new(Scalar::from_bytes_mod_order(*bytes) + Scalar::ONE)
}

/// `value * 2 + bit`
fn shift_in(value: &mut [u8; 33], bit: u8) {
    let mut carry = bit;
    for byte in value {
        let out = *byte >> 7;
        *byte = (*byte << 1) | carry;
        carry = out;
    }
}

/// Takes the modulus off once if it fits, without a branch on secret bytes.
fn reduce(value: &mut [u8; 33], modulus: &[u8; 32]) {
    let mut less = Zeroizing::new([0u8; 33]);
    let mut borrow = 0u16;
    for (at, byte) in value.iter().enumerate() {
        let take = u16::from(*modulus.get(at).unwrap_or(&0)) + borrow;
        let difference = u16::from(*byte).wrapping_sub(take);
        less[at] = difference as u8;
        borrow = (difference >> 8) & 1;
    }
    // All ones when the difference did not go below zero.
    let keep = (borrow as u8).wrapping_sub(1);
    for (byte, other) in value.iter_mut().zip(less.iter()) {
        *byte ^= (*byte ^ other) & keep;
    }
}

/// `Ya` or `Yb`: what a side shows of its scalar.
pub(crate) fn own_share(scalar: &Scalar, generator: &RistrettoPoint) -> [u8; SHARE_BYTES] {
    (scalar * generator).compress().to_bytes()
}

/// Rule 2: `None` for what is not the canonical encoding of a point, and for the identity.
pub(crate) fn read_share(bytes: &[u8]) -> Option<RistrettoPoint> {
    let point = CompressedRistretto::from_slice(bytes).ok()?.decompress()?;
    (!point.is_identity()).then_some(point)
}

/// `K`. `None` when it is the identity.
pub(crate) fn shared_point(scalar: &Scalar, share: &RistrettoPoint) -> Option<Secret> {
    let point = Zeroizing::new(scalar * share);
    (!point.is_identity()).then(|| Secret::new(point.compress().to_bytes().to_vec()))
}

/// `ISK = H(lv(DSI ‖ "_ISK", sid, K) ‖ lv(Ya, ADa) ‖ lv(Yb, ADb))`
pub(crate) fn session_key(sid: &[u8], k: &Secret, ya: [&[u8]; 2], yb: [&[u8]; 2]) -> Secret {
    let label = [DSI, b"_ISK"].concat();
    let secret_part = Zeroizing::new(lv(&[&label, sid, k.reveal()]));
    let hash = Sha512::new().chain_update(&*secret_part).chain_update(lv(&ya)).chain_update(lv(&yb)).finalize();
    Secret::new(hash.to_vec())
}
