//! ML-KEM-768 (FIPS 203), which runs beside the group in the suite `ristretto255+mlkem768`.

use ml_kem::{B32, Decapsulate as _, DecapsulationKey768, EncapsulationKey768, KeyExport as _, Seed, TryKeyInit as _};
use zeroize::Zeroizing;

use super::secret::Secret;

pub(crate) const SEED_BYTES: usize = 64;
pub(crate) const MESSAGE_BYTES: usize = 32;
pub(crate) const KEY_BYTES: usize = 1184;
pub(crate) const CIPHERTEXT_BYTES: usize = 1088;

/// The sender's key pair, from d ‖ z. It overwrites itself when dropped.
pub(crate) struct KeyPair(DecapsulationKey768);

impl KeyPair {
    pub(crate) fn from_seed(seed: &[u8; SEED_BYTES]) -> Self {
        Self(DecapsulationKey768::from_seed(Seed::from(*seed)))
    }

    /// `ek`
    pub(crate) fn encapsulation_key(&self) -> Vec<u8> {
        self.0.encapsulation_key().to_bytes().to_vec()
    }

    /// `ss`. `None` for a ciphertext of another length; one that was changed gives another secret, as FIPS 203 wants.
    pub(crate) fn decapsulate(&self, ciphertext: &[u8]) -> Option<Secret> {
        let mut shared = self.0.decapsulate_slice(ciphertext).ok()?;
        let secret = Secret::new(shared.to_vec());
        zeroize::Zeroize::zeroize(shared.as_mut_slice());
        Some(secret)
    }
}

/// `(ct, ss)`. `None` for a key that does not pass the modulus check of FIPS 203 section 7.2.
pub(crate) fn encapsulate(key: &[u8], message: &[u8; MESSAGE_BYTES]) -> Option<(Vec<u8>, Secret)> {
    let key = EncapsulationKey768::new_from_slice(key).ok()?;
    let message = Zeroizing::new(B32::from(*message));
    let (ciphertext, mut shared) = key.encapsulate_deterministic(&message);
    let secret = Secret::new(shared.to_vec());
    zeroize::Zeroize::zeroize(shared.as_mut_slice());
    Some((ciphertext.to_vec(), secret))
}
