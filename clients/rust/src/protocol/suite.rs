//! The suites that this peer knows.

use std::fmt;

use crate::{Code, Error, clean_text::clean_text};

/// A group, and perhaps a key encapsulation beside it; on the wire `curve`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Suite {
    /// `ristretto255`
    Ristretto255,
    /// `ristretto255+mlkem768`: a recording of today stays confidential against a quantum computer of later.
    #[default]
    Ristretto255MlKem768,
}

impl Suite {
    /// All suites that are known here.
    pub const ALL: [Suite; 2] = [Suite::Ristretto255MlKem768, Suite::Ristretto255];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Suite::Ristretto255 => "ristretto255",
            Suite::Ristretto255MlKem768 => "ristretto255+mlkem768",
        }
    }

    /// Whether ML-KEM-768 runs beside the group.
    pub(crate) const fn is_hybrid(self) -> bool {
        matches!(self, Suite::Ristretto255MlKem768)
    }

    /// # Errors
    ///
    /// [`Code::Unsupported`] for a name that is not known here; the message lists those that are.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|suite| suite.name() == name).ok_or_else(|| {
            let known = Self::ALL.map(Suite::name).join(", ");
            let named = clean_text(name);
            Error::new(Code::Unsupported)
                .with_message(format!("the suite \"{named}\" is not known here; known are {known}"))
                .with_hint(format!("Let the sender choose another: --curve {}", Suite::Ristretto255.name()))
        })
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
