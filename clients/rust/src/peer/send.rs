//! The sender's side of a transfer.

use std::{io, path::PathBuf, time::Duration};

use sha2::{Digest as _, Sha256};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _},
    time::Instant,
};

use super::{
    connection::{Connection, Reader, Writer},
    exchange::Exchange,
    source::Source,
    transfer::{self, Work},
};
use crate::{
    CodePhrase, Error, Role, StaplerStream, Suite,
    protocol::{
        accept::{AcceptReader, Acceptance, Decision},
        body::{frame_header, given_up},
        messages::{self, Ack, End, bad_message},
        record::MessageType,
    },
};

/// As long as the command line waits.
pub(crate) const WAIT_FOR_PEER: Duration = Duration::from_secs(600);
/// The bytes of one frame, and what is read at once. A file of any size takes this much memory.
const READ_BYTES: usize = 1 << 20;

/// How to send.
#[derive(Debug)]
pub struct SendOptions {
    /// A code of one's own; otherwise the relay gives a channel, and three words are drawn.
    pub code: Option<CodePhrase>,
    /// How the two sides agree on a key.
    pub suite: Suite,
    /// How long to wait for the other side, at first and after a loss.
    pub wait_for_peer: Duration,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self { code: None, suite: Suite::default(), wait_for_peer: WAIT_FOR_PEER }
    }
}

/// What was sent, as the other side has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sent {
    /// Files, folders and links that are in their places there.
    pub entries: u64,
    /// Files that could not be read to their ends.
    pub failed: u64,
    /// Bytes of files that crossed the last connection.
    pub bytes: u64,
}

/// A channel with something to send in it, waiting for the other side.
///
/// ```no_run
/// # async fn example() -> Result<(), duet_relay::Error> {
/// use duet_relay::peer::{Outgoing, SendOptions};
///
/// let outgoing = Outgoing::open("https://relay.example", &["big.iso".into()], SendOptions::default()).await?;
/// println!("the other side runs: duet receive {}", *outgoing.code()?.reveal());
/// outgoing.run().await?;
/// # Ok(())
/// # }
/// ```
pub struct Outgoing {
    exchange: Exchange,
    source: Source,
}

impl Outgoing {
    /// Lists the files and takes a channel at the relay: from then on there is a code.
    ///
    /// # Errors
    ///
    /// [`Code::Usage`](crate::Code::Usage) and [`Code::CannotRead`](crate::Code::CannotRead) before the relay is asked; what
    /// the relay refuses with
    pub async fn open(relay: &str, paths: &[PathBuf], options: SendOptions) -> Result<Self, Error> {
        let paths = paths.to_vec();
        let source = blocking(move || Source::walk(&paths)).await?;
        let mut exchange = Exchange::new(relay, Role::Sender, options.code, options.suite, options.wait_for_peer)?;
        exchange.open().await?;
        Ok(Self { exchange, source })
    }

    /// The code to pass on.
    ///
    /// # Errors
    ///
    /// None after [`open`](Self::open)
    pub fn code(&self) -> Result<&CodePhrase, Error> {
        self.exchange.code()
    }

    /// Sends everything, and returns when the other side has confirmed that it is complete. A lost connection is made
    /// again.
    ///
    /// # Errors
    ///
    /// [`Code::WrongCode`](crate::Code::WrongCode), [`Code::Interfered`](crate::Code::Interfered),
    /// [`Code::NobodyCame`](crate::Code::NobodyCame), [`Code::ConnectionLost`](crate::Code::ConnectionLost), and what the
    /// other side broke off with
    pub async fn run(self) -> Result<Sent, Error> {
        self.run_until(std::future::pending()).await
    }

    /// The same, until `stop` resolves: then the other side is told that it was cancelled.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and [`Code::Interrupted`](crate::Code::Interrupted)
    pub async fn run_until(mut self, stop: impl Future<Output = ()>) -> Result<Sent, Error> {
        let mut sending = Sending { source: &self.source };
        transfer::run(&mut self.exchange, &mut sending, stop).await
    }
}

/// Runs what may block for a while.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::new(crate::Code::Failed).with_source(error)),
    }
}

struct Sending<'a> {
    source: &'a Source,
}

impl Work for Sending<'_> {
    type Output = Sent;

    async fn serve(&mut self, connection: &mut Connection<StaplerStream>, _deadline: Instant) -> Result<Sent, Error> {
        let Connection { reader, writer } = connection;
        let manifest = self.source.manifest.encode();
        unless_told(reader, writer.send(MessageType::Manifest, &manifest)).await?;
        // A human reads the list: this waits for as long as the connection holds.
        let acceptance = self.read_acceptance(reader).await?;
        let end = unless_told(reader, self.send_accepted(writer, &acceptance)).await?;
        let (_, ack) = reader.receive_whole(messages::MAX_BYTES).await?;
        let confirmed = Ack { entries: end.entries - end.failed, bytes: end.bytes };
        if messages::decode_ack(&ack)? != confirmed {
            return Err(bad_message("the other side confirms something else than what was sent"));
        }
        // Everything is there, whether or not it hears that we know.
        let _ = writer.shut_down().await;
        Ok(Sent { entries: confirmed.entries, failed: end.failed, bytes: end.bytes })
    }
}

/// Sends, unless the other side breaks off meanwhile.
async fn unless_told<T>(
    reader: &mut Reader<StaplerStream>,
    sending: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut sending = std::pin::pin!(sending);
    tokio::select! {
        biased;
        sent = &mut sending => sent,
        begun = reader.begins() => {
            begun?;
            // Before our message has ended nothing but an error may come; behind it, this is what is waited for.
            match tokio::time::timeout(Duration::ZERO, &mut sending).await {
                Ok(sent) => sent,
                Err(_) => match reader.receive().await {
                    Err(told) => Err(told),
                    Ok(early) => Err(bad_message(format!("{} out of turn", early.kind().name()))),
                },
            }
        }
    }
}

impl Sending<'_> {
    async fn read_acceptance(&self, reader: &mut Reader<StaplerStream>) -> Result<Acceptance, Error> {
        let mut message = reader.receive().await?;
        let mut accept = AcceptReader::new(&self.source.manifest);
        while let Some(plaintext) = message.next().await? {
            accept.push(plaintext)?;
        }
        accept.finish()
    }

    async fn send_accepted(&self, writer: &mut Writer<StaplerStream>, acceptance: &Acceptance) -> Result<End, Error> {
        let mut end = End { entries: 0, failed: 0, bytes: 0 };
        for (entry, offered) in self.source.manifest.entries.iter().enumerate() {
            let decision = acceptance.decision(entry);
            if decision == Decision::Skip {
                continue;
            }
            end.entries += 1;
            if offered.is_file() {
                let size = offered.size().unwrap_or(0);
                match self.send_file(writer, entry, size, decision, &mut end.bytes).await? {
                    Ok(()) => {}
                    // What cannot be read is given up, and the next one goes on.
                    Err(_unreadable) => {
                        end.failed += 1;
                        writer.ensure_body(0).await?;
                        writer.write(&given_up(entry)).await?;
                    }
                }
            }
        }
        writer.finish().await?;
        writer.send(MessageType::End, &messages::encode_end(end)).await?;
        Ok(end)
    }

    /// The inner failure is the file's, the outer one the connection's.
    async fn send_file(
        &self,
        writer: &mut Writer<StaplerStream>,
        entry: usize,
        size: u64,
        decision: Decision,
        bytes: &mut u64,
    ) -> Result<io::Result<()>, Error> {
        let (mut file, mut offset) = match open_at(self.source, entry, decision).await {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let mut buffer = vec![0; READ_BYTES];
        while offset < size {
            let wanted = usize::try_from(size - offset).map_or(READ_BYTES, |left| left.min(READ_BYTES));
            let count = match file.read(&mut buffer[..wanted]).await {
                // It has become shorter.
                Ok(0) => return Ok(Err(io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => count,
                Err(error) => return Ok(Err(error)),
            };
            let header = frame_header(entry, offset, count as u32);
            writer.ensure_body((header.len() + count) as u64 + READ_BYTES as u64 * 8).await?;
            writer.write(&header).await?;
            writer.write(&buffer[..count]).await?;
            offset += count as u64;
            *bytes += count as u64;
        }
        Ok(Ok(()))
    }
}

/// Opens a file where the recipient wants it from, if it has the same beginning; else from 0.
async fn open_at(source: &Source, entry: usize, decision: Decision) -> io::Result<(File, u64)> {
    let mut file = File::open(source.place(entry)).await?;
    file.set_max_buf_size(READ_BYTES);
    let Decision::Resume { offset, sha256 } = decision else { return Ok((file, 0)) };
    if hash_of(&mut file, offset).await? == Some(sha256) {
        return Ok((file, offset));
    }
    file.rewind().await?;
    Ok((file, 0))
}

/// The hash of the first `length` bytes. `None` for a file that has fewer.
pub(crate) async fn hash_of(file: &mut File, length: u64) -> io::Result<Option<[u8; 32]>> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut left = length;
    while left > 0 {
        let wanted = usize::try_from(left).map_or(READ_BYTES, |left| left.min(READ_BYTES));
        match file.read(&mut buffer[..wanted]).await? {
            0 => return Ok(None),
            count => {
                hash.update(&buffer[..count]);
                left -= count as u64;
            }
        }
    }
    Ok(Some(hash.finalize().into()))
}
