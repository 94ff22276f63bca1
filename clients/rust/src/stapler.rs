//! The stapler: one line, then every byte is the other peer's (PROTOCOL.md section 5).

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use zeroize::Zeroizing;

use crate::{Code, Error, Relay, Role, clean_text::clean_text, generated::types};

/// Longer than the slowest path with a lost packet or two.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A stapler answers once it has asked its relay.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// With the kernel's probes behind it, a dead line is noticed within about a minute.
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const MAX_LINE: usize = 512;

/// Who stands at the stapler: what the line says.
#[derive(Clone, Copy)]
pub struct Hello<'a> {
    /// Which side.
    pub role: Role,
    /// The channel.
    pub channel: &'a str,
    /// What proves the seat. `None`: known by our address.
    pub uuid: Option<&'a str>,
    /// Of this round, in base64url.
    pub h_k: &'a str,
}

impl Hello<'_> {
    fn line(&self) -> Zeroizing<String> {
        let Self { role, channel, uuid, h_k } = self;
        Zeroizing::new(format!("duet/1 {role} {channel} {} {h_k}\n", uuid.unwrap_or("-")))
    }
}

impl fmt::Debug for Hello<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Hello")
            .field("role", &self.role)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// A connection to the other peer, as [`AsyncRead`] and [`AsyncWrite`]. Nothing on it is encrypted by itself.
#[derive(Debug)]
pub struct StaplerStream(TcpStream);

impl StaplerStream {
    /// Dials the stapler that a relay named, says who we are, and waits until the other side is here: bound it by
    /// [`tokio::time::timeout`].
    ///
    /// # Errors
    ///
    /// [`Code::StaplerUnreachable`] when it cannot be reached, what the stapler refuses with, and
    /// [`Code::ConnectionLost`]
    pub async fn connect(relay: &Relay, stapler: &types::Stapler, hello: Hello<'_>) -> Result<Self, Error> {
        let mut stream = timeout(CONNECT_TIMEOUT, dial(relay, stapler))
            .await
            .map_err(|_| Error::new(Code::StaplerUnreachable))??;
        stream.write_all(hello.line().as_bytes()).await.map_err(lost)?;
        let answer = timeout(ANSWER_TIMEOUT, read_line(&mut stream))
            .await
            .map_err(|_| Error::new(Code::StaplerUnreachable).with_message("the stapler does not answer"))??;
        match answer.as_str() {
            "stapled" => return Ok(Self(stream)),
            "waiting" => {}
            other => return Err(refusal(other)),
        }
        match read_line(&mut stream).await?.as_str() {
            "stapled" => Ok(Self(stream)),
            other => Err(refusal(other)),
        }
    }
}

async fn dial(relay: &Relay, stapler: &types::Stapler) -> Result<TcpStream, Error> {
    let unreachable = |error: io::Error| Error::new(Code::StaplerUnreachable).with_source(error);
    let stream = TcpStream::connect(&*addresses(relay, stapler).await?).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE_INTERVAL);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive).map_err(unreachable)?;
    Ok(stream)
}

/// The very address of the HTTP connection, or the named host in the same family: the stapler must see us come from the
/// address that the relay has counted.
async fn addresses(relay: &Relay, stapler: &types::Stapler) -> Result<Vec<SocketAddr>, Error> {
    let unreachable = || Error::new(Code::StaplerUnreachable);
    let port = u16::try_from(stapler.port).map_err(|_| unreachable())?;
    let remote = relay.remote_address();
    let host = match (&stapler.host, remote) {
        (None, Some(address)) => return Ok(vec![SocketAddr::new(address.ip(), port)]),
        (Some(host), _) => host.as_str(),
        (None, None) => relay.url().host_str().ok_or_else(unreachable)?,
    };
    let found =
        lookup_host((host.trim_matches(['[', ']']), port)).await.map_err(|error| unreachable().with_source(error))?;
    let fits = |address: &SocketAddr| remote.is_none_or(|remote| remote.is_ipv4() == address.is_ipv4());
    Ok(found.filter(fits).collect())
}

/// Byte by byte: what comes behind the line is not ours to take.
async fn read_line(stream: &mut TcpStream) -> Result<String, Error> {
    let mut line = Vec::new();
    while line.len() < MAX_LINE {
        match stream.read_u8().await.map_err(lost)? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
            byte => line.push(byte),
        }
    }
    Err(Error::new(Code::StaplerUnreachable).with_message("what answered is not a stapler"))
}

/// `error <code> <text>`. A stapler can only cause what a stapler may say.
fn refusal(line: &str) -> Error {
    let mut words = line.splitn(3, ' ');
    let (Some("error"), Some(name)) = (words.next(), words.next()) else {
        return Error::new(Code::StaplerUnreachable).with_message("what answered is not a stapler");
    };
    let known = Code::from_name(name).filter(|code| {
        use Code::{
            BadHello, Busy, Closed, Full, NotOpen, NotYours, Replaced, RoundOver, Timeout, Unavailable, UnknownChannel,
            WrongHK,
        };
        matches!(
            code,
            BadHello
                | UnknownChannel
                | Closed
                | Full
                | NotYours
                | NotOpen
                | WrongHK
                | RoundOver
                | Replaced
                | Timeout
                | Busy
                | Unavailable
        )
    });
    let error = Error::new(known.unwrap_or(Code::StaplerUnreachable));
    match words.next().map(clean_text).filter(|text| !text.is_empty()) {
        Some(text) => error.with_message(text),
        None => error,
    }
}

fn lost(error: io::Error) -> Error {
    Error::new(Code::ConnectionLost).with_source(error)
}

impl AsyncRead for StaplerStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for StaplerStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
