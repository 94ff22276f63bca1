//! One process plays both sides: a file crosses a relay.
//!
//! ```text
//! cargo run --example quickstart -- http://127.0.0.1:8153 FILE FOLDER
//! ```

use std::env;

use duet_relay::{
    Error,
    peer::{Outgoing, ReceiveOptions, SendOptions, receive},
};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [relay, file, folder] = arguments.as_slice() else {
        eprintln!("usage: quickstart RELAY FILE FOLDER");
        return Ok(());
    };
    let outgoing = Outgoing::open(relay, &[file.into()], SendOptions::default()).await?;
    // A person passes this on; here both sides are in one process.
    let code = outgoing.code()?.clone();
    let accept = ReceiveOptions::new(|offer| offer.entries.len() == 1);
    let (sent, received) = tokio::try_join!(outgoing.run(), receive(relay, &code, folder, accept))?;
    println!("{} bytes arrived as {}", sent.bytes, received.names.join(", "));
    Ok(())
}
