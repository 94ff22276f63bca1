//! A peer for the command line.
//!
//! ```text
//! duet-peer send PATH… --relay URL [--code CODE] [--curve NAME] [--wait-for-peer SECONDS]
//! duet-peer receive CODE --relay URL [--out DIR] [--wait-for-peer SECONDS]
//! ```
//!
//! Standard output has one JSON object a line; the first line of `send` is the code. It asks nothing. The exit codes are
//! those of the duet command (docs/CLI.md).

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use duet_relay::{
    Code, CodePhrase, Error, Suite,
    peer::{Outgoing, ReceiveOptions, SendOptions, receive_until},
};
use serde_json::json;

const USAGE: &str = "usage: duet-peer send PATH… --relay URL [--code CODE] [--curve NAME] [--wait-for-peer SECONDS]
       duet-peer receive CODE --relay URL [--out DIR] [--wait-for-peer SECONDS]";

/// What was asked for.
struct Command {
    name: String,
    arguments: Vec<String>,
    relay: String,
    code: Option<CodePhrase>,
    suite: Suite,
    out: PathBuf,
    wait: Option<Duration>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = async { run(parse(std::env::args().skip(1))?).await };
    match done.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("duet-peer: {}\n{}", error.message(), error.hint());
            let told = json!({
                "event": "error", "code": error.name(), "message": error.message(), "hint": error.hint(),
                "exit": error.exit_code(),
            });
            // The exit code says it too, if nobody listens.
            let _ = say(&told);
            ExitCode::from(error.exit_code())
        }
    }
}

async fn run(command: Command) -> Result<(), Error> {
    match (command.name.as_str(), command.arguments.as_slice()) {
        ("send", [_, ..]) => send(command).await,
        ("receive", [code]) => receive_into(CodePhrase::parse(code)?, command).await,
        _ => Err(usage("a command and what it is about")),
    }
}

async fn send(command: Command) -> Result<(), Error> {
    let paths: Vec<PathBuf> = command.arguments.iter().map(PathBuf::from).collect();
    let mut options = SendOptions { code: command.code, suite: command.suite, ..SendOptions::default() };
    if let Some(wait) = command.wait {
        options.wait_for_peer = wait;
    }
    let outgoing = Outgoing::open(&command.relay, &paths, options).await?;
    say(&json!({ "event": "code", "code": outgoing.code()?.reveal().as_str() }))?;
    let sent = outgoing.run_until(interrupted()).await?;
    say(&json!({ "event": "done", "entries": sent.entries, "failed": sent.failed, "bytes": sent.bytes }))?;
    all_of_it(sent.failed)
}

async fn receive_into(code: CodePhrase, command: Command) -> Result<(), Error> {
    let mut options = ReceiveOptions::new(|_offer| true);
    if let Some(wait) = command.wait {
        options = options.wait_for_peer(wait);
    }
    let received = receive_until(&command.relay, &code, &command.out, options, interrupted()).await?;
    if let Some(text) = &received.text {
        say(&json!({ "event": "text", "text": text }))?;
    }
    say(&json!({
        "event": "done", "names": received.names, "failed": received.failed, "bytes": received.bytes,
    }))?;
    all_of_it(received.failed)
}

/// Ctrl-C, and where there is one, SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals nothing interrupts.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Some of it is there, and both sides say that some is not.
fn all_of_it(failed: u64) -> Result<(), Error> {
    match failed {
        0 => Ok(()),
        _ => Err(Error::new(Code::Failed)
            .with_message(format!("{failed} files could not be read to their ends"))
            .with_hint("The others are complete. See what the sender says of them.")),
    }
}

/// One line, at once: a script waits for it.
fn say(event: &serde_json::Value) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    writeln!(out, "{event}").and_then(|()| out.flush()).map_err(|error| Error::new(Code::Failed).with_source(error))
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Command, Error> {
    let name = words.next().ok_or_else(|| usage("a command"))?;
    let mut command = Command {
        name,
        arguments: Vec::new(),
        relay: String::new(),
        code: None,
        suite: Suite::default(),
        out: PathBuf::from("."),
        wait: None,
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| usage("a value behind each option"));
        match word.as_str() {
            "--relay" => command.relay = value()?,
            "--code" => command.code = Some(value()?.parse()?),
            "--curve" => command.suite = Suite::from_name(&value()?).map_err(|error| usage(error.message()))?,
            "--out" => command.out = value()?.into(),
            "--wait-for-peer" => {
                let seconds = value()?.parse().map_err(|_| usage("a number of seconds"))?;
                command.wait = Some(Duration::from_secs(seconds));
            }
            option if option.starts_with("--") => return Err(usage("no other options")),
            _ => command.arguments.push(word),
        }
    }
    if command.relay.is_empty() {
        return Err(usage("--relay"));
    }
    Ok(command)
}

fn usage(wanted: &str) -> Error {
    Error::new(Code::Usage).with_message(format!("wanted: {wanted}")).with_hint(USAGE)
}
