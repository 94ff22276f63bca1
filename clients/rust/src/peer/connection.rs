//! The encrypted stream on one connection: messages, each whole, in order, and in its turn (PROTOCOL.md section 6).

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf},
    time::timeout,
};

use crate::{
    Code, Error, Role,
    protocol::{
        handshake::{SasSide, Session},
        key_schedule::sas_commitment,
        messages::{self, bad_message, decode_error, encode_error},
        random::{draw, system},
        record::{Direction, HEADER_BYTES, LENGTH_BYTES, MAX_PLAINTEXT, MessageType, Opener, Sealer, TAG_BYTES},
        secret::{Secret, same},
        sequence::Sequence,
    },
};

/// A changed bit gets past TCP's checksum now and then, perhaps twice; three times is somebody.
const TOLERATED_FORGERIES: u32 = 2;
/// The other side has this long to take an error and close.
const GOODBYE: Duration = Duration::from_secs(2);
/// After a failed write, the reason of the other side comes within this, or not at all.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Records that failed, over all connections of a transfer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Forgeries(Arc<AtomicU32>);

impl Forgeries {
    fn next(&self) -> Error {
        if self.0.fetch_add(1, Ordering::Relaxed) >= TOLERATED_FORGERIES {
            return Code::Interfered.into();
        }
        Error::new(Code::ConnectionLost).with_message("what arrived was changed on its way")
    }
}

/// What both directions of a connection know.
struct Shared {
    session: Session,
    sequence: Mutex<Sequence>,
}

impl Shared {
    fn sequence(&self) -> MutexGuard<'_, Sequence> {
        self.sequence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, direction: Direction) -> &Secret {
        match direction {
            Direction::SenderToRecipient => &self.session.keys.s2r,
            Direction::RecipientToSender => &self.session.keys.r2s,
        }
    }
}

fn direction_of(role: Role) -> Direction {
    match role {
        Role::Sender => Direction::SenderToRecipient,
        Role::Recipient => Direction::RecipientToSender,
    }
}

/// Both directions. They are independent: a side may send while it waits for a message.
pub(crate) struct Connection<S> {
    pub(crate) reader: Reader<S>,
    pub(crate) writer: Writer<S>,
}

impl<S: AsyncRead + AsyncWrite + Send> Connection<S> {
    /// Exchanges hellos.
    ///
    /// # Errors
    ///
    /// [`Code::Interfered`] when the sender's nonce is not the one that it committed to, [`Code::ConnectionLost`]
    pub(crate) async fn open(session: &Session, stream: S, forgeries: Forgeries) -> Result<Self, Error> {
        let role = session.role;
        let (read, write) = tokio::io::split(stream);
        let shared = Arc::new(Shared { session: session.clone(), sequence: Mutex::default() });
        let mut connection = Self {
            reader: Reader {
                io: read,
                shared: Arc::clone(&shared),
                direction: direction_of(role.other()),
                forgeries,
                header: [0; HEADER_BYTES],
                filled: 0,
                buffer: Vec::new(),
                has_heard: false,
                has_heard_error: false,
            },
            writer: Writer {
                io: write,
                shared: Arc::clone(&shared),
                direction: direction_of(role),
                open: None,
                plaintext: Vec::new(),
                wire: Vec::new(),
                written: 0,
            },
        };
        let own = draw::<{ messages::NONCE_BYTES }>(&mut system)?;
        let own_ns = match &session.sas {
            SasSide::Sender(ns) => ns.reveal(),
            SasSide::Recipient(_) => &[],
        };
        let hello = messages::encode_hello(&own, own_ns);
        // Read while it is written: neither side waits for the other.
        let Connection { reader, writer } = &mut connection;
        let (_, theirs) =
            tokio::try_join!(writer.send(MessageType::Hello, &hello), reader.receive_whole(messages::MAX_BYTES))?;
        let theirs = messages::decode_hello(role.other(), &theirs.1)?;
        if let SasSide::Recipient(commitment) = &session.sas
            && !same(&sas_commitment(&theirs.ns), commitment)
        {
            return Err(Code::Interfered.into());
        }
        match role {
            Role::Sender => shared.sequence().meet(&*own, &theirs.nonce),
            Role::Recipient => shared.sequence().meet(&theirs.nonce, &*own),
        }
        Ok(connection)
    }

    /// What the other side broke off with, if it did. It may still be on its way when a write fails.
    pub(crate) async fn last_word(&mut self, error: Error) -> Error {
        if error.code() != Code::ConnectionLost || self.reader.has_heard_error {
            return error;
        }
        let told = match timeout(LAST_WORD, self.reader.receive()).await {
            Ok(Err(told)) => told,
            _ => return error,
        };
        if self.reader.has_heard_error { told } else { error }
    }

    /// Ends the connection because of an error: tells the other side, if it does not know better, in a bounded time.
    pub(crate) async fn leave(mut self, error: &Error) {
        let is_met = self.reader.shared.sequence().has_met();
        if !is_met || self.reader.has_heard_error {
            return;
        }
        if let Some(parting) = encode_error(error) {
            // Whoever is gone need not be told.
            let _ = timeout(GOODBYE, self.say_goodbye(&parting)).await;
        }
    }

    async fn say_goodbye(&mut self, parting: &[u8]) -> Result<(), Error> {
        self.writer.finish().await?;
        self.writer.send(MessageType::Error, parting).await?;
        self.writer.shut_down().await?;
        // Bytes that nobody reads would reset the connection, and the error could be lost with it.
        self.reader.drain().await
    }
}

/// The messages of the other side.
pub(crate) struct Reader<S> {
    io: ReadHalf<S>,
    shared: Arc<Shared>,
    direction: Direction,
    forgeries: Forgeries,
    header: [u8; HEADER_BYTES],
    /// How much of the header has come.
    filled: usize,
    buffer: Vec<u8>,
    /// A message behind the hello has opened. A hello proves nobody's presence: a recorded one opens as well.
    pub(crate) has_heard: bool,
    has_heard_error: bool,
}

impl<S: AsyncRead> Reader<S> {
    /// Waits until a message begins. May be dropped and called again.
    pub(crate) async fn begins(&mut self) -> Result<(), Error> {
        while self.filled < HEADER_BYTES {
            match self.io.read(&mut self.header[self.filled..]).await.map_err(lost)? {
                0 => return Err(Code::ConnectionLost.into()),
                count => self.filled += count,
            }
        }
        Ok(())
    }

    /// The next message. What the other side breaks off with is an error.
    pub(crate) async fn receive(&mut self) -> Result<Incoming<'_, S>, Error> {
        self.begins().await?;
        self.filled = 0;
        let (kind, opener) = self.matching()?;
        self.has_heard |= kind != MessageType::Hello;
        if kind != MessageType::Error {
            return Ok(Incoming { reader: self, kind, opener, bytes: 0, is_over: false });
        }
        let mut message = Incoming { reader: self, kind, opener, bytes: 0, is_over: false };
        let told = decode_error(&message.whole(messages::MAX_BYTES).await?)?;
        self.has_heard_error = true;
        Err(told)
    }

    fn matching(&self) -> Result<(MessageType, Opener), Error> {
        let Shared { session, .. } = &*self.shared;
        let mut sequence = self.shared.sequence();
        let found = Opener::matching(
            self.shared.key(self.direction),
            session.chunk,
            &sequence.place(self.direction),
            // As of now, not of when the waiting began: what we have sent since then allows more.
            sequence.may_follow(self.direction),
            &self.header,
        );
        let (kind, opener) = found.ok_or_else(|| self.forgeries.next())?;
        if !sequence.begin(self.direction, kind) {
            return Err(bad_message(format!("{} out of turn", kind.name())));
        }
        Ok((kind, opener))
    }

    /// A message that must be whole.
    pub(crate) async fn receive_whole(&mut self, max: usize) -> Result<(MessageType, Vec<u8>), Error> {
        let mut message = self.receive().await?;
        Ok((message.kind(), message.whole(max).await?))
    }

    /// Waits for the other side to close; whether it did so in order.
    pub(crate) async fn closes(&mut self) -> bool {
        matches!(self.io.read(&mut [0; 1]).await, Ok(0))
    }

    async fn drain(&mut self) -> Result<(), Error> {
        let mut rest = vec![0; 1 << 16];
        while self.io.read(&mut rest).await.map_err(lost)? > 0 {}
        Ok(())
    }
}

/// A message that is coming.
pub(crate) struct Incoming<'a, S> {
    reader: &'a mut Reader<S>,
    kind: MessageType,
    opener: Opener,
    bytes: u64,
    is_over: bool,
}

impl<S: AsyncRead> Incoming<'_, S> {
    pub(crate) fn kind(&self) -> MessageType {
        self.kind
    }

    /// The plaintext of the next chunk; `None` behind the last one.
    pub(crate) async fn next(&mut self) -> Result<Option<&[u8]>, Error> {
        if self.is_over {
            return Ok(None);
        }
        let Reader { io, buffer, shared, forgeries, direction, .. } = &mut *self.reader;
        let mut length = [0; LENGTH_BYTES];
        io.read_exact(&mut length).await.map_err(lost)?;
        let length = self.opener.length(length).ok_or_else(|| forgeries.next())?;
        buffer.resize(length, 0);
        io.read_exact(buffer).await.map_err(lost)?;
        let (plaintext, is_last) = self.opener.open(buffer).ok_or_else(|| forgeries.next())?;
        self.bytes += plaintext.len() as u64;
        if self.bytes > MAX_PLAINTEXT {
            return Err(bad_message("a message is too long"));
        }
        self.is_over = is_last;
        if is_last {
            shared.sequence().finish(*direction);
        }
        Ok(Some(plaintext))
    }

    /// All of it.
    pub(crate) async fn whole(&mut self, max: usize) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        while let Some(plaintext) = self.next().await? {
            if whole.len() + plaintext.len() > max {
                return Err(bad_message("a message is too long"));
            }
            whole.extend_from_slice(plaintext);
        }
        Ok(whole)
    }
}

/// Our messages. Every method may be dropped while it waits: what is under way is kept, and goes first.
pub(crate) struct Writer<S> {
    io: WriteHalf<S>,
    shared: Arc<Shared>,
    direction: Direction,
    open: Option<Open>,
    /// Of the chunk that is being filled.
    plaintext: Vec<u8>,
    /// Sealed, and not yet taken by the connection.
    wire: Vec<u8>,
    written: usize,
}

/// The message that is being written.
struct Open {
    sealer: Sealer,
    bytes: u64,
}

impl<S: AsyncWrite> Writer<S> {
    /// Sends a whole message.
    pub(crate) async fn send(&mut self, kind: MessageType, plaintext: &[u8]) -> Result<(), Error> {
        self.begin(kind)?;
        self.write(plaintext).await?;
        self.finish().await
    }

    /// Begins a message; the one before must have ended.
    pub(crate) fn begin(&mut self, kind: MessageType) -> Result<(), Error> {
        let salt = draw(&mut system)?;
        let mut sequence = self.shared.sequence();
        let place = sequence.place(self.direction);
        if !sequence.begin(self.direction, kind) {
            return Err(bad_message(format!("{} out of turn", kind.name())));
        }
        let key = self.shared.key(self.direction);
        let sealer = Sealer::new(key, self.shared.session.chunk, &place, kind, &salt);
        self.wire.extend_from_slice(sealer.header());
        self.open = Some(Open { sealer, bytes: 0 });
        Ok(())
    }

    /// Makes room in a body message for so many bytes: begins one if there is none, and another when one is full.
    pub(crate) async fn ensure_body(&mut self, bytes: u64) -> Result<(), Error> {
        if self.open.as_ref().is_some_and(|open| open.bytes + bytes > MAX_PLAINTEXT) {
            self.finish().await?;
        }
        if self.open.is_none() {
            self.begin(MessageType::Body)?;
        }
        Ok(())
    }

    /// Adds to the message.
    pub(crate) async fn write(&mut self, mut plaintext: &[u8]) -> Result<(), Error> {
        let chunk = self.shared.session.chunk;
        while !plaintext.is_empty() {
            let (part, rest) = plaintext.split_at(plaintext.len().min(chunk - self.plaintext.len()));
            self.plaintext.extend_from_slice(part);
            plaintext = rest;
            if self.plaintext.len() == chunk {
                self.seal();
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Ends the message, if there is one. Resolves when it has left this process.
    pub(crate) async fn finish(&mut self) -> Result<(), Error> {
        if self.open.is_some() {
            self.seal();
            self.open = None;
            // Before it is heard, so that the answer is never too early.
            self.shared.sequence().finish(self.direction);
        }
        self.flush().await
    }

    fn seal(&mut self) {
        if let Some(open) = &mut self.open {
            self.wire.reserve(self.plaintext.len() + LENGTH_BYTES + TAG_BYTES);
            open.sealer.seal(&self.plaintext, &mut self.wire);
            open.bytes += self.plaintext.len() as u64;
        }
        self.plaintext.clear();
    }

    async fn flush(&mut self) -> Result<(), Error> {
        while self.written < self.wire.len() {
            match self.io.write(&self.wire[self.written..]).await.map_err(lost)? {
                0 => return Err(Code::ConnectionLost.into()),
                count => self.written += count,
            }
        }
        self.wire.clear();
        self.written = 0;
        self.io.flush().await.map_err(lost)
    }

    /// Nothing more comes from here.
    pub(crate) async fn shut_down(&mut self) -> Result<(), Error> {
        self.io.shutdown().await.map_err(lost)
    }
}

fn lost(error: io::Error) -> Error {
    Error::new(Code::ConnectionLost).with_source(error)
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};

    use super::*;
    use crate::protocol::handshake::Keys;

    const CHUNK: usize = 16_384;
    const NS: [u8; 32] = [5; 32];

    fn session(role: Role) -> Session {
        let key = |byte| Secret::new(vec![byte; 32]);
        Session {
            role,
            keys: Keys { h_k: key(1), hh_k: [2; 32], s2r: key(3), r2s: key(4) },
            chunk: CHUNK,
            sas: match role {
                Role::Sender => SasSide::Sender(Secret::new(NS.to_vec())),
                Role::Recipient => SasSide::Recipient(sas_commitment(&NS).to_vec()),
            },
        }
    }

    /// Two peers, and somebody between them who changes byte number `at` of what the sender sends.
    async fn through(at: Option<usize>, forgeries: &Forgeries) -> Result<Vec<u8>, Error> {
        let (sender, mut near) = duplex(1 << 20);
        let (mut far, recipient) = duplex(1 << 20);
        let between = tokio::spawn(async move {
            let (mut seen, mut up, mut down) = (0, vec![0; 4096], vec![0; 4096]);
            loop {
                tokio::select! {
                    read = near.read(&mut up) => {
                        let Ok(count @ 1..) = read else { return };
                        if let Some(at) = at && (seen..seen + count).contains(&at) {
                            up[at - seen] ^= 1;
                        }
                        seen += count;
                        if far.write_all(&up[..count]).await.is_err() { return }
                    }
                    read = far.read(&mut down) => {
                        let Ok(count @ 1..) = read else { return };
                        if near.write_all(&down[..count]).await.is_err() { return }
                    }
                }
            }
        });
        let sending = async {
            let mut connection = Connection::open(&session(Role::Sender), sender, Forgeries::default()).await?;
            connection.writer.send(MessageType::Manifest, &vec![7; 2 * CHUNK]).await?;
            // Waits for the other side to go.
            let _ = connection.reader.begins().await;
            Ok::<_, Error>(())
        };
        let receiving = async {
            let mut connection = Connection::open(&session(Role::Recipient), recipient, forgeries.clone()).await?;
            Ok(connection.reader.receive_whole(4 * CHUNK).await?.1)
        };
        let mut received = None;
        tokio::select! {
            result = receiving => received = Some(result),
            result = sending => { result?; }
        }
        between.abort();
        received.unwrap_or_else(|| Err(Code::ConnectionLost.into()))
    }

    #[tokio::test]
    async fn a_message_of_whole_chunks_arrives() {
        let received = through(None, &Forgeries::default()).await.expect("it arrives");
        assert_eq!(received, vec![7; 2 * CHUNK]);
    }

    #[tokio::test]
    async fn a_changed_bit_anywhere_counts_as_a_lost_connection() {
        let hello = HEADER_BYTES + LENGTH_BYTES + 16 + 32 + 2 + TAG_BYTES;
        // Salt, commitment and chunk of the hello; then the same of the manifest.
        for at in [0, 30, hello - 1, hello, hello + 30, hello + 200, hello + CHUNK + 200] {
            let error = through(Some(at), &Forgeries::default()).await.expect_err("changed");
            assert_eq!(error.code(), Code::ConnectionLost, "byte {at}");
        }
    }

    #[tokio::test]
    async fn the_third_changed_record_is_somebody() {
        let forgeries = Forgeries::default();
        for code in [Code::ConnectionLost, Code::ConnectionLost, Code::Interfered] {
            assert_eq!(through(Some(0), &forgeries).await.expect_err("changed").code(), code);
        }
    }

    #[tokio::test]
    async fn a_nonce_that_was_not_committed_to_is_interference() {
        let (near, far) = duplex(1 << 16);
        let mut other = session(Role::Recipient);
        other.sas = SasSide::Recipient(vec![0; 32]);
        let sender = session(Role::Sender);
        let (_, result) = tokio::join!(
            Connection::open(&sender, near, Forgeries::default()),
            Connection::<DuplexStream>::open(&other, far, Forgeries::default()),
        );
        assert_eq!(result.err().map(|error| error.code()), Some(Code::Interfered));
    }

    /// A stapler may play an old hello back as often as it likes: that must not make a side wait for ever.
    #[tokio::test]
    async fn a_hello_proves_no_presence_and_a_message_behind_it_does() {
        let (near, far) = duplex(1 << 16);
        let (sender, recipient) = (session(Role::Sender), session(Role::Recipient));
        let opened = tokio::try_join!(
            Connection::open(&sender, near, Forgeries::default()),
            Connection::open(&recipient, far, Forgeries::default()),
        );
        let (mut sender, mut recipient) = opened.expect("both greet");
        assert!(!sender.reader.has_heard && !recipient.reader.has_heard);
        sender.writer.send(MessageType::Manifest, b"{}").await.expect("sent");
        recipient.reader.receive_whole(CHUNK).await.expect("received");
        assert!(recipient.reader.has_heard);
    }

    #[tokio::test]
    async fn an_error_is_heard_in_the_middle_of_a_message() {
        let (near, far) = duplex(1 << 16);
        let (sender, recipient) = (session(Role::Sender), session(Role::Recipient));
        let opened = tokio::try_join!(
            Connection::open(&sender, near, Forgeries::default()),
            Connection::open(&recipient, far, Forgeries::default()),
        );
        let (mut sender, mut recipient) = opened.expect("both greet");
        sender.writer.begin(MessageType::Manifest).expect("begun");
        sender.writer.write(&vec![7; CHUNK + 5]).await.expect("written");
        let leaving = async {
            let cancelled = Error::new(Code::Cancelled).with_message("enough");
            sender.leave(&cancelled).await;
        };
        let listening = async {
            recipient.reader.receive_whole(4 * CHUNK).await.expect("what was begun is ended");
            recipient.reader.receive_whole(4 * CHUNK).await.expect_err("an error")
        };
        let told = tokio::select! {
            told = async { tokio::join!(leaving, listening).1 } => told,
        };
        assert_eq!((told.code(), told.message()), (Code::Cancelled, "the other side: enough"));
    }
}
