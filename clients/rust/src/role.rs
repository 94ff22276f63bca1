//! The two peers of a channel.

use std::fmt;

/// Which side of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Opens the channel, and has something to send.
    Sender,
    /// Joins with the code.
    Recipient,
}

impl Role {
    pub(crate) const fn other(self) -> Self {
        match self {
            Role::Sender => Role::Recipient,
            Role::Recipient => Role::Sender,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Role::Sender => "sender",
            Role::Recipient => "recipient",
        })
    }
}
