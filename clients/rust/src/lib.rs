#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod clean_text;
mod code_table;
mod error;
// Made by `npm run generate` and formatted by it.
#[rustfmt::skip]
#[allow(clippy::all, clippy::pedantic, missing_docs, unused_imports)]
pub mod generated;
pub mod peer;
mod protocol;
mod relay;
mod remote;
mod retry;
mod role;
mod stapler;

pub use error::{Code, Error, Problem};
pub use generated::types;
pub use protocol::{
    code::CodePhrase,
    manifest::{Entry, EntryType, Kind, Manifest},
    suite::Suite,
};
pub use relay::{Builder, Relay, new_uuid};
pub use remote::Remote;
pub use role::Role;
pub use stapler::{Hello, StaplerStream};
