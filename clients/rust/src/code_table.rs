//! Every way in which something can fail, by the names that the whole of duet uses.

/// Builds [`Code`] and its tables from one list: variant, name, exit code, message, hint.
macro_rules! codes {
    ($($variant:ident $name:literal $exit:literal $message:literal $hint:literal;)*) => {
        /// What went wrong. The name is the contract; texts may change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = concat!("`", $name, "`: ", $message)] $variant,)*
        }

        impl Code {
            /// All codes that are known here.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name on the wire, such as `not_yet`.
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// The exit code of a command that ends with it (docs/CLI.md).
            pub const fn exit_code(self) -> u8 {
                match self { $(Code::$variant => $exit,)* }
            }

            /// What happened, when nothing better is known.
            pub const fn message(self) -> &'static str {
                match self { $(Code::$variant => $message,)* }
            }

            /// What to do about it, when nothing better is known.
            pub const fn hint(self) -> &'static str {
                match self { $(Code::$variant => $hint,)* }
            }
        }
    };
}

// The table of src/protocol/problem.ts; tests/codes.rs compares the two.
codes! {
    BadRequest "bad_request" 4 "the request is not valid" "See `issues` for the fields and /docs for what is expected.";
    BadJson "bad_json" 4 "the body is not a JSON object in UTF-8" "Send one JSON object with Content-Type: application/json.";
    AccessToken "access_token" 4 "this relay is private" "Ask its operator for the access token and set DUET_ACCESS_TOKEN.";
    ChannelFull "channel_full" 4 "channel is full" "Two addresses already use this channel. Open a new one.";
    NotYours "not_yours" 4 "not your side of the channel" "Send the uuid that you opened this side with, as Authorization: Bearer.";
    UnknownChannel "unknown_channel" 4 "no such channel" "Check the name, or wait for the sender with ?wait=.";
    NotYet "not_yet" 4 "not there yet" "The other side has not done its step. Ask again, or with ?wait=30.";
    UnknownRoute "unknown_route" 4 "no such route" "See /docs for the routes.";
    MethodNotAllowed "method_not_allowed" 4 "method not allowed" "Use a method that the Allow header names.";
    RequestTimeout "request_timeout" 4 "the request did not arrive in time" "Send it again on a new connection.";
    ChannelInUse "channel_in_use" 4 "channel is occupied" "Choose another name, or let the relay choose.";
    SeatTaken "seat_taken" 4 "this side of the channel is taken" "Someone already joined. If it was not you, ask the sender for a new code.";
    OutOfOrder "out_of_order" 4 "a step before its turn" "Do the earlier steps first: x, then y, then h_k, then open.";
    AlreadySet "already_set" 4 "already set to another value" "Each field can be set once per round.";
    RoundOver "round_over" 4 "this round is over" "Open the channel again with your uuid for the next round.";
    HKMismatch "h_k_mismatch" 4 "h_k does not fit hh_k" "The two sides do not hold the same key. Close the channel and start again.";
    Closed "closed" 4 "the channel is closed" "Open a new one.";
    TooLarge "too_large" 4 "the request is too large" "A body may have 16 KiB; see docs/LIMITS.md.";
    UnsupportedMediaType "unsupported_media_type" 4 "unsupported media type" "Send Content-Type: application/json.";
    RateLimited "rate_limited" 4 "too many requests" "Wait as long as Retry-After says.";
    TooManyChannels "too_many_channels" 4 "too many open channels from this address" "Close some, or wait until they expire.";
    TooManyWaiters "too_many_waiters" 4 "too many requests are waiting" "Ask without ?wait=, or try again later.";
    HeadersTooLarge "headers_too_large" 4 "the request headers are too large" "Send fewer or shorter headers.";
    Internal "internal" 4 "the relay failed" "Try again. If it stays, tell the operator the request id.";
    StoreUnavailable "store_unavailable" 4 "the relay cannot reach its store" "Try again shortly.";
    ShuttingDown "shutting_down" 4 "the relay is stopping" "Try again shortly.";
    NoStapler "no_stapler" 4 "no stapler is connected to this relay" "Try again shortly.";
    NotRegistered "not_registered" 4 "this stapler is not registered" "Register, then ask again.";
    BadHello "bad_hello" 4 "not a hello line" "Send: duet/1 <sender|recipient> <channel> <uuid or -> <h_k>";
    Full "full" 4 "channel is full" "Two addresses already use this channel. Open a new one.";
    WrongHK "wrong_h_k" 4 "another h_k than the round's" "Send the h_k of this round.";
    NotOpen "not_open" 4 "h_k is not posted yet" "The sender posts h_k before it connects.";
    Replaced "replaced" 6 "a newer connection took this place" "Connect again if it was not you.";
    Timeout "timeout" 6 "nothing came in time" "Connect again.";
    Busy "busy" 4 "the stapler is at its limit" "Try again shortly.";
    Unavailable "unavailable" 4 "the stapler cannot reach its relay" "Try again shortly.";
    Usage "usage" 2 "the command is not valid" "See duet --help.";
    BadCode "bad_code" 2 "this is not a code" "A code looks like 4821-cactus-lemon-violin.";
    WrongCode "wrong_code" 3 "wrong code" "The words did not match. Start again with a new code.";
    Interfered "interfered" 3 "someone interfered" "What arrived was changed on its way. Try another network or relay.";
    RelayUnreachable "relay_unreachable" 4 "the relay cannot be reached" "Check the address and the network.";
    RelayRefused "relay_refused" 4 "the relay refuses" "Read its message, or use another relay.";
    StaplerUnreachable "stapler_unreachable" 4 "the stapler cannot be reached" "Its port may be blocked by a firewall.";
    Declined "declined" 5 "the other side declined" "Ask them why.";
    Cancelled "cancelled" 5 "the other side cancelled" "Start again when they are ready.";
    NobodyCame "nobody_came" 6 "the other side did not come" "Run the command again when they are ready.";
    ConnectionLost "connection_lost" 6 "the connection was lost and did not come back" "Run the same command again.";
    NoSpace "no_space" 7 "not enough room" "Make room at the destination or choose another with --out.";
    CannotWrite "cannot_write" 7 "the destination cannot be written" "Check its permissions or choose another with --out.";
    CannotRead "cannot_read" 1 "a file cannot be read" "Check its permissions.";
    BadMessage "bad_message" 1 "the other side sent what duet does not understand" "Update duet on both sides.";
    Unsupported "unsupported" 1 "the two versions cannot talk to each other" "Update duet on the older side.";
    Failed "failed" 1 "it failed" "Try again with --log-level debug.";
    Interrupted "interrupted" 130 "interrupted" "Run the same command again.";
}

impl Code {
    /// The code of that name, if it is known here.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
