// @generated from openapi/openapi-3.0.json by npm run generate; do not edit.
#[allow(unused_imports)]
pub use progenitor_client::{ByteStream, ClientInfo, Error, ResponseValue};
#[allow(unused_imports)]
use progenitor_client::{encode_path, ClientHooks, OperationInfo, RequestBuilderExt};
/// Types used as operation parameters and responses.
#[allow(clippy::all)]
pub mod types {
    ///`ChannelState`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ChannelState {
        ///The name of the channel.
        pub channel: ::std::string::String,
        ///The suite that the sender chose.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub curve: ::std::option::Option<::std::string::String>,
        ///When the channel ends if nobody uses it (RFC 3339, UTC).
        pub expires_at: ::chrono::DateTime<::chrono::offset::Utc>,
        ///H(k) of the sender.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub h_k: ::std::option::Option<::std::string::String>,
        ///H(H(k)) of the recipient.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub hh_k: ::std::option::Option<::std::string::String>,
        ///Both connections are stapled together.
        pub is_open: bool,
        ///What happened, for a person.
        pub message: ::std::string::String,
        ///The recipient asked for its connection, or waits at the stapler.
        pub recipient_ready: bool,
        ///The round, counted from 1.
        pub round: i64,
        ///The sender asked for its connection, or waits at the stapler.
        pub sender_ready: bool,
        ///Always true; false in a problem.
        pub success: bool,
        ///Your capability. Only in the answer to the request that took the seat or that sent it.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
        ///The sender's share.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub x: ::std::option::Option<::std::string::String>,
        ///The recipient's share.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub y: ::std::option::Option<::std::string::String>,
    }
    ///`CloseChannelPostBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct CloseChannelPostBody {
        ///Why; without it `done`. The other side is told.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reason: ::std::option::Option<CloseChannelPostBodyReason>,
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
    }
    ///Why; without it `done`. The other side is told.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum CloseChannelPostBodyReason {
        #[serde(rename = "done")]
        Done,
        #[serde(rename = "wrong-code")]
        WrongCode,
        #[serde(rename = "interfered")]
        Interfered,
        #[serde(rename = "declined")]
        Declined,
        #[serde(rename = "cancelled")]
        Cancelled,
        #[serde(rename = "failed")]
        Failed,
    }
    impl ::std::fmt::Display for CloseChannelPostBodyReason {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Done => f.write_str("done"),
                Self::WrongCode => f.write_str("wrong-code"),
                Self::Interfered => f.write_str("interfered"),
                Self::Declined => f.write_str("declined"),
                Self::Cancelled => f.write_str("cancelled"),
                Self::Failed => f.write_str("failed"),
            }
        }
    }
    impl ::std::str::FromStr for CloseChannelPostBodyReason {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "done" => Ok(Self::Done),
                "wrong-code" => Ok(Self::WrongCode),
                "interfered" => Ok(Self::Interfered),
                "declined" => Ok(Self::Declined),
                "cancelled" => Ok(Self::Cancelled),
                "failed" => Ok(Self::Failed),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for CloseChannelPostBodyReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CloseChannelPostBodyReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`CloseChannelReason`
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum CloseChannelReason {
        #[serde(rename = "done")]
        Done,
        #[serde(rename = "wrong-code")]
        WrongCode,
        #[serde(rename = "interfered")]
        Interfered,
        #[serde(rename = "declined")]
        Declined,
        #[serde(rename = "cancelled")]
        Cancelled,
        #[serde(rename = "failed")]
        Failed,
    }
    impl ::std::fmt::Display for CloseChannelReason {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Done => f.write_str("done"),
                Self::WrongCode => f.write_str("wrong-code"),
                Self::Interfered => f.write_str("interfered"),
                Self::Declined => f.write_str("declined"),
                Self::Cancelled => f.write_str("cancelled"),
                Self::Failed => f.write_str("failed"),
            }
        }
    }
    impl ::std::str::FromStr for CloseChannelReason {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "done" => Ok(Self::Done),
                "wrong-code" => Ok(Self::WrongCode),
                "interfered" => Ok(Self::Interfered),
                "declined" => Ok(Self::Declined),
                "cancelled" => Ok(Self::Cancelled),
                "failed" => Ok(Self::Failed),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for CloseChannelReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for CloseChannelReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`ClosedChannel`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ClosedChannel {
        ///What happened, for a person.
        pub message: ::std::string::String,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///`Health`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Health {
        pub limits: Limits,
        ///What happened, for a person.
        pub message: ::std::string::String,
        ///Always true; false in a problem.
        pub success: bool,
        ///The version of the relay.
        pub version: ::std::string::String,
    }
    ///What this relay allows.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Limits {
        ///The largest request body.
        pub body_bytes: i64,
        ///How many of them at once; null: no limit.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub burst: ::std::option::Option<i64>,
        ///Channels that one address may have open; null: no limit.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub channels_per_address: ::std::option::Option<i64>,
        ///A channel that nobody uses ends after this.
        pub idle_seconds: i64,
        ///Requests of one address (IPv6 by /64) in a minute; null: no limit.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub requests_per_minute: ::std::option::Option<i64>,
        ///The longest `wait`.
        pub wait_seconds: i64,
        ///Requests of one address that may wait; null: no limit.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub waiters_per_address: ::std::option::Option<i64>,
        ///Requests that may wait on one channel.
        pub waiters_per_channel: i64,
    }
    ///`OpenChannelBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct OpenChannelBody {
        ///The name of the channel. Not secret.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub channel: ::std::option::Option<::std::string::String>,
        ///Which side to take; without it the sender's.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub role: ::std::option::Option<OpenChannelBodyRole>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
    }
    ///Which side to take; without it the sender's.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum OpenChannelBodyRole {
        #[serde(rename = "sender")]
        Sender,
        #[serde(rename = "recipient")]
        Recipient,
    }
    impl ::std::fmt::Display for OpenChannelBodyRole {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Sender => f.write_str("sender"),
                Self::Recipient => f.write_str("recipient"),
            }
        }
    }
    impl ::std::str::FromStr for OpenChannelBodyRole {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "sender" => Ok(Self::Sender),
                "recipient" => Ok(Self::Recipient),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for OpenChannelBodyRole {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for OpenChannelBodyRole {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`OpenRecipientPostBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct OpenRecipientPostBody {
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
    }
    ///`OpenSenderPostBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, Default)]
    pub struct OpenSenderPostBody {
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
    }
    ///`OpenedChannel`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct OpenedChannel {
        ///The name of the channel.
        pub channel: ::std::string::String,
        ///The suite that the sender chose.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub curve: ::std::option::Option<::std::string::String>,
        ///When the channel ends if nobody uses it (RFC 3339, UTC).
        pub expires_at: ::chrono::DateTime<::chrono::offset::Utc>,
        ///H(k) of the sender.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub h_k: ::std::option::Option<::std::string::String>,
        ///H(H(k)) of the recipient.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub hh_k: ::std::option::Option<::std::string::String>,
        ///Both connections are stapled together.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub is_open: ::std::option::Option<bool>,
        ///What happened, for a person.
        pub message: ::std::string::String,
        ///What the operator of this relay wants people to know.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub notice: ::std::option::Option<::std::string::String>,
        ///The recipient asked for its connection, or waits at the stapler.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub recipient_ready: ::std::option::Option<bool>,
        ///The side that the caller holds.
        pub role: OpenedChannelRole,
        ///The round, counted from 1.
        pub round: i64,
        ///The sender asked for its connection, or waits at the stapler.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub sender_ready: ::std::option::Option<bool>,
        ///Always true; false in a problem.
        pub success: bool,
        ///Your capability. Only in the answer to the request that took the seat or that sent it.
        pub uuid: ::std::string::String,
        ///The sender's share.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub x: ::std::option::Option<::std::string::String>,
        ///The recipient's share.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub y: ::std::option::Option<::std::string::String>,
    }
    ///The side that the caller holds.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum OpenedChannelRole {
        #[serde(rename = "sender")]
        Sender,
        #[serde(rename = "recipient")]
        Recipient,
    }
    impl ::std::fmt::Display for OpenedChannelRole {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Sender => f.write_str("sender"),
                Self::Recipient => f.write_str("recipient"),
            }
        }
    }
    impl ::std::str::FromStr for OpenedChannelRole {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "sender" => Ok(Self::Sender),
                "recipient" => Ok(Self::Recipient),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for OpenedChannelRole {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for OpenedChannelRole {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`OpenedConnection`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct OpenedConnection {
        ///What happened, for a person.
        pub message: ::std::string::String,
        pub stapler: Stapler,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///`PostHkBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostHkBody {
        ///H(k), base64url without padding.
        pub h_k: ::std::string::String,
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
    }
    ///`PostToChannelBody`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    #[serde(untagged)]
    pub enum PostToChannelBody {
        SenderShare(SenderShare),
        RecipientShare(RecipientShare),
    }
    impl ::std::convert::From<SenderShare> for PostToChannelBody {
        fn from(value: SenderShare) -> Self {
            Self::SenderShare(value)
        }
    }
    impl ::std::convert::From<RecipientShare> for PostToChannelBody {
        fn from(value: RecipientShare) -> Self {
            Self::RecipientShare(value)
        }
    }
    ///`PostedHk`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostedHk {
        ///What happened, for a person.
        pub message: ::std::string::String,
        pub stapler: Stapler,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///`PostedShare`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct PostedShare {
        ///What happened, for a person.
        pub message: ::std::string::String,
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub stapler: ::std::option::Option<Stapler>,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///What went wrong (RFC 9457). Match on `code`; the texts may change.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Problem {
        ///With `method_not_allowed`: the methods that there are.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub allow: ::std::option::Option<::std::string::String>,
        ///With `closed`: who closed the channel.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub closed_by: ::std::option::Option<ProblemClosedBy>,
        ///What happened, for programs: stable.
        pub code: ::std::string::String,
        ///What happened this time.
        pub detail: ::std::string::String,
        ///What to do about it.
        pub hint: ::std::string::String,
        ///With `bad_request`: which fields are not valid, and why.
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub issues: ::std::vec::Vec<ProblemIssuesItem>,
        ///With `rate_limited`, `too_many_channels`, `too_large`: the limit.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub limit: ::std::option::Option<i64>,
        ///The same as `detail`.
        pub message: ::std::string::String,
        ///With `closed`: why.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub reason: ::std::option::Option<ProblemReason>,
        ///What to tell the operator; also in the X-Request-Id header.
        pub request_id: ::std::string::String,
        ///With `rate_limited`: when to come again, in seconds.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub retry_after: ::std::option::Option<i64>,
        ///With `round_over`: the round that the channel is in.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The HTTP status.
        pub status: i64,
        ///Always false.
        pub success: bool,
        ///The code in words.
        pub title: ::std::string::String,
        ///Where the code is explained.
        #[serde(rename = "type")]
        pub type_: ::std::string::String,
    }
    ///With `closed`: who closed the channel.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum ProblemClosedBy {
        #[serde(rename = "sender")]
        Sender,
        #[serde(rename = "recipient")]
        Recipient,
    }
    impl ::std::fmt::Display for ProblemClosedBy {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Sender => f.write_str("sender"),
                Self::Recipient => f.write_str("recipient"),
            }
        }
    }
    impl ::std::str::FromStr for ProblemClosedBy {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "sender" => Ok(Self::Sender),
                "recipient" => Ok(Self::Recipient),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for ProblemClosedBy {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ProblemClosedBy {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`ProblemIssuesItem`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ProblemIssuesItem {
        ///What is wrong with it.
        pub message: ::std::string::String,
        ///The field.
        pub path: ::std::vec::Vec<::std::string::String>,
    }
    ///With `closed`: why.
    #[derive(
        ::serde::Deserialize,
        ::serde::Serialize,
        Clone,
        Copy,
        Debug,
        Eq,
        Hash,
        Ord,
        PartialEq,
        PartialOrd
    )]
    pub enum ProblemReason {
        #[serde(rename = "done")]
        Done,
        #[serde(rename = "wrong-code")]
        WrongCode,
        #[serde(rename = "interfered")]
        Interfered,
        #[serde(rename = "declined")]
        Declined,
        #[serde(rename = "cancelled")]
        Cancelled,
        #[serde(rename = "failed")]
        Failed,
    }
    impl ::std::fmt::Display for ProblemReason {
        fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
            match *self {
                Self::Done => f.write_str("done"),
                Self::WrongCode => f.write_str("wrong-code"),
                Self::Interfered => f.write_str("interfered"),
                Self::Declined => f.write_str("declined"),
                Self::Cancelled => f.write_str("cancelled"),
                Self::Failed => f.write_str("failed"),
            }
        }
    }
    impl ::std::str::FromStr for ProblemReason {
        type Err = self::error::ConversionError;
        fn from_str(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            match value {
                "done" => Ok(Self::Done),
                "wrong-code" => Ok(Self::WrongCode),
                "interfered" => Ok(Self::Interfered),
                "declined" => Ok(Self::Declined),
                "cancelled" => Ok(Self::Cancelled),
                "failed" => Ok(Self::Failed),
                _ => Err("invalid value".into()),
            }
        }
    }
    impl ::std::convert::TryFrom<&str> for ProblemReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: &str,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    impl ::std::convert::TryFrom<::std::string::String> for ProblemReason {
        type Error = self::error::ConversionError;
        fn try_from(
            value: ::std::string::String,
        ) -> ::std::result::Result<Self, self::error::ConversionError> {
            value.parse()
        }
    }
    ///`Readiness`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Readiness {
        ///What happened, for a person.
        pub message: ::std::string::String,
        ///Whether the connections are stapled together now.
        pub ready: bool,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///`ReceivedHk`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ReceivedHk {
        ///H(k) of the sender.
        pub h_k: ::std::string::String,
        ///What happened, for a person.
        pub message: ::std::string::String,
        pub stapler: Stapler,
        ///Always true; false in a problem.
        pub success: bool,
    }
    ///`ReceivedY`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct ReceivedY {
        ///H(H(k)) of the recipient.
        pub hh_k: ::std::string::String,
        ///What happened, for a person.
        pub message: ::std::string::String,
        pub stapler: Stapler,
        ///Always true; false in a problem.
        pub success: bool,
        ///The recipient's share.
        pub y: ::std::string::String,
    }
    ///What the recipient posts.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct RecipientShare {
        ///H(H(k)), base64url without padding.
        pub hh_k: ::std::string::String,
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
        ///The recipient's share. The relay does not decode it.
        pub y: ::std::string::String,
    }
    ///What the sender posts.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct SenderShare {
        ///The suite of the key agreement. The relay knows none; the peers refuse what they do not know.
        pub curve: ::std::string::String,
        ///The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub round: ::std::option::Option<i64>,
        ///The capability that proves one side of one channel. Instead of `Authorization: Bearer`; if both are given they must be equal.
        #[serde(skip_serializing_if = "::std::option::Option::is_none")]
        pub uuid: ::std::option::Option<::std::string::String>,
        ///The sender's share. The relay does not decode it.
        pub x: ::std::string::String,
    }
    ///Where both sides connect for steps 14 to 17.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug)]
    pub struct Stapler {
        ///Where to connect; null: the host of this relay, at the address its HTTP connection has.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub host: ::std::option::Option<::std::string::String>,
        ///The TCP port of the stapler.
        pub port: i64,
        ///The same over WebSocket, for when TCP does not get through; null: there is none.
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub websocket_url: ::std::option::Option<::std::string::String>,
    }
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
#[derive(Clone, Debug)]
/**Client for duet relay

A relay introduces two computers that share a code, by an exchange of eighteen steps. It never learns their key.

**Who is calling.** Send the uuid of your side as `Authorization: Bearer <uuid>`, or as `uuid` in a body. Without it you are known by your address, unless this relay wants a uuid or your side has used the Bearer form before.

**Two addresses.** A channel takes two addresses; a third is refused on every route.

**Waiting.** Where the answer may be `not_yet`, `?wait=30` waits for the other side.

**Errors** are problem details (RFC 9457) with a stable `code`; `/problems` lists them.

Version: 1.0.0*/
pub struct Client {
    pub(crate) baseurl: String,
    pub(crate) client: reqwest::Client,
    pub(crate) inner: crate::Remote,
}
impl Client {
    /// Create a new client.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new(baseurl: &str, inner: crate::Remote) -> Self {
        #[cfg(not(target_arch = "wasm32"))]
        let client = {
            let dur = ::std::time::Duration::from_secs(60u64);
            reqwest::ClientBuilder::new().connect_timeout(dur).timeout(dur)
        };
        #[cfg(target_arch = "wasm32")]
        let client = reqwest::ClientBuilder::new();
        Self::new_with_client(baseurl, client.build().unwrap(), inner)
    }
    /// Construct a new client with an existing `reqwest::Client`,
    /// allowing more control over its configuration.
    ///
    /// `baseurl` is the base URL provided to the internal
    /// `reqwest::Client`, and should include a scheme and hostname,
    /// as well as port and a path stem if applicable.
    pub fn new_with_client(
        baseurl: &str,
        client: reqwest::Client,
        inner: crate::Remote,
    ) -> Self {
        Self {
            baseurl: baseurl.to_string(),
            client,
            inner,
        }
    }
}
impl ClientInfo<crate::Remote> for Client {
    fn api_version() -> &'static str {
        "1.0.0"
    }
    fn baseurl(&self) -> &str {
        self.baseurl.as_str()
    }
    fn client(&self) -> &reqwest::Client {
        &self.client
    }
    fn inner(&self) -> &crate::Remote {
        &self.inner
    }
}
impl ClientHooks<crate::Remote> for &Client {}
#[allow(clippy::all)]
impl Client {
    /**Open a channel, or take a seat in it

A sender gets the channel that it names, or a free one. A recipient joins the channel that it names, once the sender has posted x. The same channel, role and uuid again is the same seat and the same answer; when the round has gone on, it starts the next one.

Sends a `POST` request to `/open`

Arguments:
- `wait`: Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.
- `body`
*/
    pub async fn open_channel<'a>(
        &'a self,
        wait: Option<i64>,
        body: &'a types::OpenChannelBody,
    ) -> Result<ResponseValue<types::OpenedChannel>, Error<types::Problem>> {
        let url = format!("{}/open", self.baseurl,);
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .query(&progenitor_client::QueryParam::new("wait", &wait))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "open_channel",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Read the channel, and join it

Everything about the channel that both sides may see, once x is there. The first caller without a uuid takes the recipient's seat, and only that answer carries its uuid. With a uuid it only reads.

Sends a `GET` request to `/channel/{channel}`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
- `wait`: Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.
*/
    pub async fn get_channel<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
        wait: Option<i64>,
    ) -> Result<ResponseValue<types::ChannelState>, Error<types::Problem>> {
        let url = format!(
            "{}/channel/{}", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .query(&progenitor_client::QueryParam::new("wait", &wait))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "get_channel",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Post x and curve, or y and hh_k

Step 3: the sender posts its share and the suite. Step 7: the recipient posts its share and H(H(k)). Each once in a round; the same again changes nothing.

Sends a `POST` request to `/channel/{channel}`

Arguments:
- `channel`: The name of the channel. Not secret.
- `body`
*/
    pub async fn post_to_channel<'a>(
        &'a self,
        channel: &'a str,
        body: &'a types::PostToChannelBody,
    ) -> Result<ResponseValue<types::PostedShare>, Error<types::Problem>> {
        let url = format!(
            "{}/channel/{}", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "post_to_channel",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Read the recipient's share

What the recipient posted. The sender computes k, and goes on only if H(H(k)) is the same.

Sends a `GET` request to `/sender/{channel}/y`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
- `wait`: Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.
*/
    pub async fn get_y<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
        wait: Option<i64>,
    ) -> Result<ResponseValue<types::ReceivedY>, Error<types::Problem>> {
        let url = format!(
            "{}/sender/{}/y", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .query(&progenitor_client::QueryParam::new("wait", &wait))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "get_y",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Reveal H(k)

The sender has checked hh_k and shows that it holds the same key.

Sends a `POST` request to `/sender/{channel}/h_k`

Arguments:
- `channel`: The name of the channel. Not secret.
- `body`
*/
    pub async fn post_hk<'a>(
        &'a self,
        channel: &'a str,
        body: &'a types::PostHkBody,
    ) -> Result<ResponseValue<types::PostedHk>, Error<types::Problem>> {
        let url = format!(
            "{}/sender/{}/h_k", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "post_hk",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Read H(k)

The recipient compares it with its own, and goes on only if they are equal.

Sends a `GET` request to `/recipient/{channel}/h_k`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
- `wait`: Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.
*/
    pub async fn get_hk<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
        wait: Option<i64>,
    ) -> Result<ResponseValue<types::ReceivedHk>, Error<types::Problem>> {
        let url = format!(
            "{}/recipient/{}/h_k", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .query(&progenitor_client::QueryParam::new("wait", &wait))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "get_hk",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask for the sender's connection

The sender asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.

Sends a `GET` request to `/sender/{channel}/open`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
*/
    pub async fn open_sender<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
    ) -> Result<ResponseValue<types::OpenedConnection>, Error<types::Problem>> {
        let url = format!(
            "{}/sender/{}/open", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "open_sender",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask for the sender's connection, by POST

The sender asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.

Sends a `POST` request to `/sender/{channel}/open`

Arguments:
- `channel`: The name of the channel. Not secret.
- `body`
*/
    pub async fn open_sender_post<'a>(
        &'a self,
        channel: &'a str,
        body: &'a types::OpenSenderPostBody,
    ) -> Result<ResponseValue<types::OpenedConnection>, Error<types::Problem>> {
        let url = format!(
            "{}/sender/{}/open", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "open_sender_post",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask for the recipient's connection

The recipient asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.

Sends a `GET` request to `/recipient/{channel}/open`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
*/
    pub async fn open_recipient<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
    ) -> Result<ResponseValue<types::OpenedConnection>, Error<types::Problem>> {
        let url = format!(
            "{}/recipient/{}/open", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "open_recipient",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask for the recipient's connection, by POST

The recipient asks for its TCP connection, identified by H(k). Connect to `stapler` next. To call it again changes nothing.

Sends a `POST` request to `/recipient/{channel}/open`

Arguments:
- `channel`: The name of the channel. Not secret.
- `body`
*/
    pub async fn open_recipient_post<'a>(
        &'a self,
        channel: &'a str,
        body: &'a types::OpenRecipientPostBody,
    ) -> Result<ResponseValue<types::OpenedConnection>, Error<types::Problem>> {
        let url = format!(
            "{}/recipient/{}/open", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "open_recipient_post",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask whether the connections are stapled

True as long as both connections are stapled together, so that what the sender writes reaches the recipient. With `wait` the answer comes as soon as they are.

Sends a `GET` request to `/sender/{channel}/isready`

Arguments:
- `channel`: The name of the channel. Not secret.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
- `wait`: Wait so many seconds for the other side instead of answering `not_yet` at once. `Prefer: wait=N` means the same.
*/
    pub async fn is_ready<'a>(
        &'a self,
        channel: &'a str,
        round: Option<i64>,
        wait: Option<i64>,
    ) -> Result<ResponseValue<types::Readiness>, Error<types::Problem>> {
        let url = format!(
            "{}/sender/{}/isready", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("round", &round))
            .query(&progenitor_client::QueryParam::new("wait", &wait))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "is_ready",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Close the channel

Either side ends the channel at any time. Everyone then gets 410 with `closed_by` and `reason` for ten minutes. To close it again changes nothing; the first reason stands.

Sends a `GET` request to `/close/{channel}`

Arguments:
- `channel`: The name of the channel. Not secret.
- `reason`: Why; without it `done`. The other side is told.
- `round`: The round that the caller is in; when the channel is in another the answer is 409 `round_over`.
*/
    pub async fn close_channel<'a>(
        &'a self,
        channel: &'a str,
        reason: Option<types::CloseChannelReason>,
        round: Option<i64>,
    ) -> Result<ResponseValue<types::ClosedChannel>, Error<types::Problem>> {
        let url = format!(
            "{}/close/{}", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .query(&progenitor_client::QueryParam::new("reason", &reason))
            .query(&progenitor_client::QueryParam::new("round", &round))
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "close_channel",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Close the channel, by POST

Either side ends the channel at any time. Everyone then gets 410 with `closed_by` and `reason` for ten minutes. To close it again changes nothing; the first reason stands.

Sends a `POST` request to `/close/{channel}`

Arguments:
- `channel`: The name of the channel. Not secret.
- `body`
*/
    pub async fn close_channel_post<'a>(
        &'a self,
        channel: &'a str,
        body: &'a types::CloseChannelPostBody,
    ) -> Result<ResponseValue<types::ClosedChannel>, Error<types::Problem>> {
        let url = format!(
            "{}/close/{}", self.baseurl, encode_path(& channel.to_string()),
        );
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .post(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .json(&body)
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "close_channel_post",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
    /**Ask whether the relay works

200 as long as the relay takes requests and reaches its store.

Sends a `GET` request to `/health`

*/
    pub async fn health<'a>(
        &'a self,
    ) -> Result<ResponseValue<types::Health>, Error<types::Problem>> {
        let url = format!("{}/health", self.baseurl,);
        let mut header_map = ::reqwest::header::HeaderMap::with_capacity(1usize);
        header_map
            .append(
                ::reqwest::header::HeaderName::from_static("api-version"),
                ::reqwest::header::HeaderValue::from_static(Self::api_version()),
            );
        #[allow(unused_mut)]
        let mut request = self
            .client
            .get(url)
            .header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("application/json"),
            )
            .headers(header_map)
            .build()?;
        let info = OperationInfo {
            operation_id: "health",
        };
        self.pre(&mut request, &info).await?;
        let result = self.exec(request, &info).await;
        self.post(&result, &info).await?;
        let response = result?;
        match response.status().as_u16() {
            200u16 => ResponseValue::from_response(response).await,
            400u16..=499u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            500u16..=599u16 => {
                Err(Error::ErrorResponse(ResponseValue::from_response(response).await?))
            }
            _ => Err(Error::UnexpectedResponse(response)),
        }
    }
}
/// Items consumers will typically use such as the Client.
pub mod prelude {
    #[allow(unused_imports)]
    pub use super::Client;
}
