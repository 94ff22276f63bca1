//! What goes wrong, as a program sees it: asks a relay for a channel, with a uuid that has no seat there.
//!
//! ```text
//! cargo run --example problems -- http://127.0.0.1:8153 4821
//! ```
//!
//! prints one line of JSON, the problem's code, message and hint, and ends with 1; or the round of the channel.

use std::{env, process::ExitCode, time::Duration};

use duet_relay::{Error, Relay, new_uuid};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [relay, channel] = arguments.as_slice() else {
        eprintln!("usage: problems RELAY CHANNEL");
        return ExitCode::from(2);
    };
    match round_of(relay, channel).await {
        Ok(round) => {
            println!("{}", json!({ "round": round }));
            ExitCode::SUCCESS
        }
        Err(problem) => {
            println!("{}", json!({ "code": problem.name(), "message": problem.message(), "hint": problem.hint() }));
            ExitCode::FAILURE
        }
    }
}

/// Makes the call once: a relay that is away is a problem too.
async fn round_of(relay: &str, channel: &str) -> Result<i64, Error> {
    let relay = Relay::builder(relay).bearer(&new_uuid()?).retry_for(Duration::ZERO).build()?;
    Ok(relay.call(|api| api.get_channel(channel, None, None)).await?.round)
}
