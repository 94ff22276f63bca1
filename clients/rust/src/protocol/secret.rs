//! Bytes that are overwritten when they are dropped, and never shown.

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// A key or a shared secret. Prints as `[secret]`; equality is decided in constant time, and only by [`matches`].
///
/// [`matches`]: Secret::matches
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, where they are needed.
    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Whether these are the bytes.
    pub(crate) fn matches(&self, bytes: &[u8]) -> bool {
        same(&self.0, bytes)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

/// Compares tags in constant time (rule 5). Their lengths are no secret.
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}
