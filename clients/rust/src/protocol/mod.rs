//! The rules of docs/PROTOCOL.md, without any input or output.

pub(crate) mod accept;
pub(crate) mod base64url;
pub(crate) mod body;
pub(crate) mod capabilities;
pub(crate) mod code;
pub(crate) mod cpace;
pub(crate) mod handshake;
pub(crate) mod hybrid;
pub(crate) mod json_lines;
pub(crate) mod key_schedule;
pub(crate) mod lv;
pub(crate) mod manifest;
pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod random;
pub(crate) mod record;
#[cfg(test)]
mod refusals;
pub(crate) mod secret;
pub(crate) mod sequence;
pub(crate) mod shares;
pub(crate) mod strict_json;
pub(crate) mod suite;
#[cfg(test)]
mod vectors;
