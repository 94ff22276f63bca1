//! A whole peer: sends and receives files through a relay and its stapler.

mod connection;
mod destination;
mod exchange;
mod receive;
mod send;
mod source;
mod transfer;

pub use receive::{ReceiveOptions, Received, receive, receive_until};
pub use send::{Outgoing, SendOptions, Sent};
