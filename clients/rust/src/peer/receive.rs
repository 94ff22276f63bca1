//! The recipient's side of a transfer.

use std::{
    collections::BTreeSet,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, timeout, timeout_at};

use super::{
    connection::{Connection, Reader},
    destination::{Destination, check_room, check_root},
    exchange::Exchange,
    send::{WAIT_FOR_PEER, blocking},
    transfer::{self, Work},
};
use crate::{
    Code, CodePhrase, Error, Manifest, Role, StaplerStream, Suite,
    generated::types::CloseChannelPostBodyReason as CloseReason,
    protocol::{
        accept::{Acceptance, Decision},
        body::{BodyReader, Part},
        manifest::{self, Kind, ManifestReader},
        messages::{self, Ack, End, bad_message},
        names::check_names,
        record::MessageType,
    },
};

/// How long the sender may take to close behind `ack`.
const CLOSE: Duration = Duration::from_secs(5);
/// How long to try to repeat an `ack` that may not have arrived.
const REPEAT_ACK: Duration = Duration::from_secs(10);
/// A text is held in memory; what is longer is a file.
const MAX_TEXT: u64 = 1 << 20;

/// Asked once for every different offer, with all of it. It may block, for a human to read it.
type Consent = Arc<dyn Fn(&Manifest) -> bool + Send + Sync>;

/// How to receive.
pub struct ReceiveOptions {
    consent: Consent,
    wait_for_peer: Duration,
}

impl ReceiveOptions {
    /// Nothing is written before `consent` says yes to what is offered. It is run where it may block.
    pub fn new(consent: impl Fn(&Manifest) -> bool + Send + Sync + 'static) -> Self {
        Self { consent: Arc::new(consent), wait_for_peer: WAIT_FOR_PEER }
    }

    /// How long to wait for the other side, at first and after a loss; 600 s if not given.
    #[must_use]
    pub fn wait_for_peer(mut self, time: Duration) -> Self {
        self.wait_for_peer = time;
        self
    }
}

impl fmt::Debug for ReceiveOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ReceiveOptions").field("wait_for_peer", &self.wait_for_peer).finish_non_exhaustive()
    }
}

/// What has arrived: complete, under its names, on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The topmost names in the folder, as they are there.
    pub names: Vec<String>,
    /// A text, if it was one: it is written nowhere.
    pub text: Option<String>,
    /// Files that the sender could not read to their ends.
    pub failed: u64,
    /// Bytes of files that crossed the last connection.
    pub bytes: u64,
}

/// Receives what the sender of a code offers into a folder, if `options` consents to it. Names that are taken become
/// `name (1)`; nothing that was there is touched.
///
/// # Errors
///
/// [`Code::WrongCode`], [`Code::Interfered`], [`Code::CannotWrite`], [`Code::NoSpace`], [`Code::NobodyCame`],
/// [`Code::ConnectionLost`], and what the other side broke off with; nothing incomplete is left behind then
pub async fn receive(
    relay: &str,
    code: &CodePhrase,
    out: impl AsRef<Path>,
    options: ReceiveOptions,
) -> Result<Received, Error> {
    receive_until(relay, code, out, options, std::future::pending()).await
}

/// The same, until `stop` resolves: then the other side is told that it was cancelled.
///
/// # Errors
///
/// As [`receive`], and [`Code::Interrupted`]
pub async fn receive_until(
    relay: &str,
    code: &CodePhrase,
    out: impl AsRef<Path>,
    options: ReceiveOptions,
    stop: impl Future<Output = ()>,
) -> Result<Received, Error> {
    let root = out.as_ref().to_owned();
    let checked = root.clone();
    blocking(move || check_root(&checked)).await?;
    // The suite is the sender's choice.
    let suite = Suite::default();
    let mut exchange = Exchange::new(relay, Role::Recipient, Some(code.clone()), suite, options.wait_for_peer)?;
    let mut receiving = Receiving { root, consent: options.consent, current: None };
    let result = transfer::run(&mut exchange, &mut receiving, stop).await;
    if let Ok((_, is_heard)) = &result {
        if !is_heard {
            // The line broke before the sender closed: it may not know yet that everything has arrived.
            let _ = timeout(REPEAT_ACK, transfer::connections(&mut exchange, &mut receiving)).await;
        }
        exchange.close(CloseReason::Done).await;
    } else if let Some((_, destination)) = &mut receiving.current {
        destination.abandon().await;
    }
    result.map(|(received, _)| received)
}

struct Receiving {
    root: PathBuf,
    consent: Consent,
    /// The offer that was agreed to: the same offer again is the same question.
    current: Option<(Manifest, Destination)>,
}

impl Work for Receiving {
    /// And whether the sender has surely heard of it.
    type Output = (Received, bool);

    async fn serve(
        &mut self,
        connection: &mut Connection<StaplerStream>,
        deadline: Instant,
    ) -> Result<Self::Output, Error> {
        let Connection { reader, writer } = connection;
        // It comes without anybody being asked; until then the hello may be a recorded one.
        let manifest = timeout_at(deadline, read_manifest(reader))
            .await
            .map_err(|_| Error::new(Code::ConnectionLost).with_message("the other side did not come back"))??;
        let destination = self.destination(manifest).await?;
        let acceptance = destination.begin().await?;
        writer.send(MessageType::Accept, &acceptance.encode()).await?;
        let (end, failed) = read_bodies(reader, destination, &acceptance).await?;
        destination.finish(&failed).await?;
        let text = (destination.manifest().kind == Kind::Text)
            .then(|| String::from_utf8(std::mem::take(&mut destination.text)))
            .transpose()
            .map_err(|_| bad_message("the text is not UTF-8"))?;
        let received = Received { names: destination.names(), text, failed: end.failed, bytes: end.bytes };
        let ack = messages::encode_ack(Ack { entries: end.entries - end.failed, bytes: end.bytes });
        // Everything is here, whatever the sender hears of it.
        let is_heard =
            writer.send(MessageType::Ack, &ack).await.is_ok() && timeout(CLOSE, reader.closes()).await.unwrap_or(true);
        let _ = writer.shut_down().await;
        Ok((received, is_heard))
    }
}

impl Receiving {
    async fn destination(&mut self, manifest: Manifest) -> Result<&mut Destination, Error> {
        let is_known = matches!(&self.current, Some((agreed, _)) if *agreed == manifest);
        if !is_known {
            if let Some((_, destination)) = &mut self.current {
                destination.abandon().await;
            }
            let consent = Arc::clone(&self.consent);
            let offered = manifest.clone();
            if !blocking(move || Ok(consent(&offered))).await? {
                return Err(Error::new(Code::Declined).with_message("the recipient said no"));
            }
            let (root, offered) = (self.root.clone(), manifest.clone());
            blocking(move || check_room(&root, &offered)).await?;
            let destination = Destination::new(&self.root, manifest.clone());
            self.current = Some((manifest, destination));
        }
        match &mut self.current {
            Some((_, destination)) => Ok(destination),
            None => Err(Code::Failed.into()),
        }
    }
}

async fn read_manifest(reader: &mut Reader<StaplerStream>) -> Result<Manifest, Error> {
    let mut message = reader.receive().await?;
    let mut manifest = ManifestReader::default();
    let mut bytes = 0;
    while let Some(plaintext) = message.next().await? {
        bytes += plaintext.len();
        if bytes > manifest::MAX_BYTES {
            return Err(bad_message("the list of files is too long"));
        }
        manifest.push(plaintext)?;
    }
    let manifest = manifest.finish()?;
    check_names(&manifest)?;
    if manifest.kind == Kind::Text && manifest.bytes.is_none_or(|bytes| bytes > MAX_TEXT) {
        return Err(bad_message("the text is too long"));
    }
    Ok(manifest)
}

/// Takes bodies until `end`, which must tell what has come.
async fn read_bodies(
    reader: &mut Reader<StaplerStream>,
    destination: &mut Destination,
    acceptance: &Acceptance,
) -> Result<(End, BTreeSet<usize>), Error> {
    let manifest = destination.manifest().clone();
    let mut body = BodyReader::new(&manifest, acceptance);
    let mut failed = BTreeSet::new();
    let mut bytes = 0;
    loop {
        let mut message = reader.receive().await?;
        if message.kind() == MessageType::End {
            body.finish()?;
            let end = messages::decode_end(&message.whole(messages::MAX_BYTES).await?)?;
            let wanted = (0..manifest.entries.len()).filter(|&entry| acceptance.decision(entry) != Decision::Skip);
            let seen = End { entries: wanted.count() as u64, failed: failed.len() as u64, bytes };
            if end != seen {
                return Err(bad_message("the end tells something else than what has come"));
            }
            return Ok((end, failed));
        }
        while let Some(mut chunk) = message.next().await? {
            while let Some(part) = body.next(&mut chunk)? {
                match part {
                    Part::Data { entry, offset, bytes: data } => {
                        destination.write(entry, offset, data).await?;
                        bytes += data.len() as u64;
                    }
                    Part::StreamEnd { entry } => destination.complete(entry).await?,
                    Part::GivenUp { entry } => {
                        destination.give_up(entry).await?;
                        failed.insert(entry);
                    }
                }
            }
        }
        body.finish_message()?;
    }
}
