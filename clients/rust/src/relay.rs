//! The relay as a client sees it: the generated calls, with typed errors and patience.

use std::{fmt, future::Future, net::SocketAddr, time::Duration};

use progenitor_client::ResponseValue;
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::{Instant, sleep, timeout};

use crate::{
    Code, Error, Problem, Remote,
    generated::{Client, types},
    retry,
};

/// Longer than the 30 s that `wait` may ask for.
const PATIENCE: Duration = Duration::from_secs(40);
/// Longer than the slowest path with a lost packet or two.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a call that is lost is made again.
const RETRY_FOR: Duration = Duration::from_secs(10);
const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-duet-access-token");

/// A client of one relay, for one seat at most.
///
/// [`call`](Relay::call) runs any generated operation: it makes a call that is lost again, and turns every failure into
/// an [`Error`].
///
/// ```no_run
/// # async fn example() -> Result<(), duet_relay::Error> {
/// use duet_relay::{Relay, new_uuid};
///
/// let relay = Relay::builder("https://relay.example").bearer(&new_uuid()?).build()?;
/// let channel = relay.call(|api| api.get_channel("4821", None, Some(30))).await?;
/// println!("{:?}", channel.curve);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Relay {
    api: Client,
    url: Url,
    has_bearer: bool,
    patience: Duration,
    retry_for: Duration,
}

/// What a [`Relay`] is made of.
pub struct Builder {
    url: String,
    bearer: Option<String>,
    access_token: Option<String>,
    patience: Duration,
    retry_for: Duration,
}

impl Builder {
    /// The uuid of our seat. It goes as `Authorization: Bearer`, marked as sensitive, never into an address.
    #[must_use]
    pub fn bearer(mut self, uuid: &str) -> Self {
        self.bearer = Some(uuid.to_owned());
        self
    }

    /// The access token of a private relay.
    #[must_use]
    pub fn access_token(mut self, token: &str) -> Self {
        self.access_token = Some(token.to_owned());
        self
    }

    /// How long one attempt may take; 40 s, which is more than any `wait`, if not given.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long a call that is lost is made again; 10 s if not given.
    #[must_use]
    pub fn retry_for(mut self, time: Duration) -> Self {
        self.retry_for = time;
        self
    }

    /// # Errors
    ///
    /// [`Code::Usage`] for what is no address of a relay, or no header; [`Code::Failed`] without a usable TLS
    pub fn build(self) -> Result<Relay, Error> {
        let url = Url::parse(&self.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| usage("a relay is an address such as https://relay.example"))?;
        let mut headers = HeaderMap::new();
        if let Some(uuid) = &self.bearer {
            headers.insert(AUTHORIZATION, secret_header(&format!("Bearer {uuid}"))?);
        }
        if let Some(token) = &self.access_token {
            headers.insert(ACCESS_TOKEN, secret_header(token)?);
        }
        let http = reqwest::Client::builder()
            .default_headers(headers)
            .connect_timeout(CONNECT_TIMEOUT)
            // The stapler is not reached through a proxy, and both must see one address. A redirect would take the
            // uuid along.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::new(Code::Failed).with_source(error))?;
        Ok(Relay {
            api: Client::new_with_client(self.url.trim_end_matches('/'), http, Remote::default()),
            url,
            has_bearer: self.bearer.is_some(),
            patience: self.patience,
            retry_for: self.retry_for,
        })
    }
}

impl Relay {
    /// A relay at an address such as `https://relay.example`.
    pub fn builder(url: &str) -> Builder {
        Builder { url: url.to_owned(), bearer: None, access_token: None, patience: PATIENCE, retry_for: RETRY_FOR }
    }

    /// A client without a uuid: the relay knows it by its address.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`]
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::builder(url).build()
    }

    /// The generated client, for who wants its answers as they are.
    pub fn api(&self) -> &Client {
        &self.api
    }

    /// Where the relay was reached, once it has answered: its stapler is dialled there.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        progenitor_client::ClientInfo::inner(&self.api).address()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Runs an operation until it is answered.
    ///
    /// Every route is safe to repeat for a caller with a uuid, so a lost call is made again. Without a uuid only what
    /// never reached the relay is: opening twice would take two channels.
    ///
    /// # Errors
    ///
    /// What the relay refuses with; [`Code::RelayUnreachable`] when it does not answer
    pub async fn call<'a, T, F, O>(&'a self, operation: O) -> Result<T, Error>
    where
        O: Fn(&'a Client) -> F,
        F: Future<Output = Result<ResponseValue<T>, progenitor_client::Error<Problem>>>,
    {
        self.call_until(Instant::now() + self.retry_for, operation).await
    }

    /// The same with a time after which no further attempt begins.
    pub(crate) async fn call_until<'a, T, F, O>(&'a self, deadline: Instant, operation: O) -> Result<T, Error>
    where
        O: Fn(&'a Client) -> F,
        F: Future<Output = Result<ResponseValue<T>, progenitor_client::Error<Problem>>>,
    {
        for retry in 0.. {
            let (error, may_repeat) = match timeout(self.patience, operation(&self.api)).await {
                Ok(Ok(answer)) => return Ok(answer.into_inner()),
                Ok(Err(error)) => {
                    let never_arrived =
                        matches!(&error, progenitor_client::Error::CommunicationError(cause) if cause.is_connect());
                    (from_generated(error), self.has_bearer || never_arrived)
                }
                Err(_) => (does_not_answer(), self.has_bearer),
            };
            let delay = retry::delay(retry, &error);
            if !may_repeat || !error.is_loss() || Instant::now() + delay >= deadline {
                return Err(error);
            }
            sleep(delay).await;
        }
        Err(does_not_answer())
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Relay")
            .field("url", &self.url.as_str())
            .field("has_bearer", &self.has_bearer)
            .finish_non_exhaustive()
    }
}

/// A new uuid for a seat: base64url of 16 random bytes.
///
/// # Errors
///
/// [`Code::Failed`] when the system gives no random numbers
pub fn new_uuid() -> Result<String, Error> {
    use crate::protocol::{base64url, random};
    let bytes = random::draw::<16>(&mut random::system)?;
    Ok(base64url::encode(&*bytes))
}

impl types::PostToChannelBody {
    /// Step 3: the sender's share.
    pub fn sender(x: &str, curve: &str) -> Self {
        types::SenderShare { x: x.to_owned(), curve: curve.to_owned(), round: None, uuid: None }.into()
    }

    /// Step 7: the recipient's share.
    pub fn recipient(y: &str, hh_k: &str) -> Self {
        types::RecipientShare { y: y.to_owned(), hh_k: hh_k.to_owned(), round: None, uuid: None }.into()
    }
}

fn from_generated(error: progenitor_client::Error<Problem>) -> Error {
    use progenitor_client::Error as Generated;
    match error {
        Generated::ErrorResponse(answer) => Error::from_problem(answer.into_inner()),
        Generated::CommunicationError(cause) | Generated::ResponseBodyError(cause) => {
            Error::new(Code::RelayUnreachable).with_source(cause.without_url())
        }
        Generated::InvalidResponsePayload(_, cause) => not_a_relay().with_source(cause),
        Generated::UnexpectedResponse(answer) if answer.status().is_redirection() => Error::new(Code::RelayRefused)
            .with_message("the relay is elsewhere")
            .with_hint("Use the address that it redirects to."),
        other => not_a_relay().with_source(other.to_string()),
    }
}

fn not_a_relay() -> Error {
    Error::new(Code::RelayRefused)
        .with_message("what answered is not a duet relay")
        .with_hint("Check the address of the relay.")
}

fn does_not_answer() -> Error {
    Error::new(Code::RelayUnreachable).with_message("the relay does not answer")
}

fn usage(message: &'static str) -> Error {
    Error::new(Code::Usage).with_message(message)
}

fn secret_header(text: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(text).map_err(|_| usage("a uuid or token is printable ASCII"))?;
    value.set_sensitive(true);
    Ok(value)
}
