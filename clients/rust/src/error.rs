//! The one error type.

use std::{borrow::Cow, error::Error as StdError, fmt};

pub use crate::code_table::Code;
use crate::{clean_text::clean_text, generated::types};

/// The answer of a relay that refuses: problem details (RFC 9457) with `code`, `message` and `hint`.
pub type Problem = types::Problem;

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// What went wrong, and what to do about it. Compare [`code`](Error::code); never match on a text.
///
/// It holds no secret: all of it may be shown.
pub struct Error(Box<Inner>);

struct Inner {
    code: Code,
    message: Cow<'static, str>,
    hint: Cow<'static, str>,
    problem: Option<Problem>,
    source: Option<Source>,
}

impl Error {
    /// An error with the texts of its code.
    pub fn new(code: Code) -> Self {
        Self(Box::new(Inner {
            code,
            message: Cow::Borrowed(code.message()),
            hint: Cow::Borrowed(code.hint()),
            problem: None,
            source: None,
        }))
    }

    /// The same with a message that says more.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = message.into();
        self
    }

    /// The same with a hint that says more.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = hint.into();
        self
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What a relay answered. A code that is not known here reads as [`Code::RelayRefused`]; [`name`](Self::name) and
    /// [`problem`](Self::problem) keep what it said. Nor can a relay cause a code that only a peer may, such as
    /// `wrong_code`, which a person would believe.
    pub fn from_problem(problem: Problem) -> Self {
        let code = Code::from_name(&problem.code).filter(|code| !code.is_of_peers()).unwrap_or(Code::RelayRefused);
        let message = clean_text(&problem.message);
        let hint = clean_text(&problem.hint);
        let mut error = Self::new(code).with_message(message).with_hint(hint);
        error.0.problem = Some(problem);
        error
    }

    /// What went wrong.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The name of the code as it was received, for codes that are newer than this crate.
    pub fn name(&self) -> &str {
        match &self.0.problem {
            Some(problem) if self.0.code == Code::RelayRefused => &problem.code,
            _ => self.0.code.name(),
        }
    }

    /// What happened, for a person.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do about it, for a person.
    pub fn hint(&self) -> &str {
        &self.0.hint
    }

    /// The whole answer of the relay, if one refused.
    pub fn problem(&self) -> Option<&Problem> {
        self.0.problem.as_ref()
    }

    /// The exit code of a command that ends with this (docs/CLI.md).
    pub fn exit_code(&self) -> u8 {
        self.0.code.exit_code()
    }
}

impl Code {
    /// What only a peer may cause: a relay that says it is not believed.
    fn is_of_peers(self) -> bool {
        matches!(
            self,
            Code::Usage
                | Code::BadCode
                | Code::WrongCode
                | Code::Interfered
                | Code::Declined
                | Code::Cancelled
                | Code::NoSpace
                | Code::CannotWrite
                | Code::CannotRead
                | Code::BadMessage
                | Code::Unsupported
                | Code::Interrupted
        )
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("code", &self.name())
            .field("message", &self.0.message)
            .field("hint", &self.0.hint)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
