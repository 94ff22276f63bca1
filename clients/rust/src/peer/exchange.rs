//! The rounds of a code: from taking a seat to keys that both sides hold (steps 1 to 10).

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::{
    Code, CodePhrase, Error, Relay, Role, Suite,
    generated::types::{
        CloseChannelPostBody, CloseChannelPostBodyReason as CloseReason, OpenChannelBody, OpenChannelBodyRole,
        PostHkBody, PostToChannelBody, ProblemReason, Stapler,
    },
    protocol::{
        capabilities, code,
        handshake::{RecipientRun, Round, SenderRun, Session},
        random::system,
    },
    relay,
    stapler::Hello,
};

/// An attacker gets one guess in a round; the third stops the side that gave it (rule 7).
const MAX_GUESSES: u32 = 3;
/// One wait of a poll, in seconds: below the 30 that the relay allows.
const WAIT_SECONDS: u64 = 25;
/// A relay that answers `not_yet` sooner than it was asked to is not asked more often than this.
const MIN_POLL: Duration = Duration::from_secs(1);
/// A relay that says nothing to the first call for so long is not there.
const FIRST_ANSWER: Duration = Duration::from_secs(9);
/// A relay whose address refuses is tried for so long: it may be starting in this very moment.
const FIRST_REFUSED: Duration = Duration::from_millis(1_500);
/// A close is called on the way out.
const CLOSE: Duration = Duration::from_secs(3);

/// One side of one code, for as long as the process serves it.
pub(crate) struct Exchange {
    relay: Relay,
    role: Role,
    uuid: String,
    suite: Suite,
    wait_for_peer: Duration,
    code: Option<CodePhrase>,
    /// Nothing lowers it but the proof that the other side knows the words.
    guesses: u32,
    has_answered: bool,
    /// The sender's round that was opened and not yet played.
    opened: Option<i64>,
}

/// Both sides hold the same key.
pub(crate) struct Meeting {
    pub(crate) session: Session,
    round: i64,
    /// Where to connect first; asked anew after a loss.
    stapler: Option<Stapler>,
}

impl Exchange {
    pub(crate) fn new(
        url: &str,
        role: Role,
        code: Option<CodePhrase>,
        suite: Suite,
        wait: Duration,
    ) -> Result<Self, Error> {
        let uuid = relay::new_uuid()?;
        let mut builder = Relay::builder(url).bearer(&uuid);
        if let Ok(token) = std::env::var("DUET_ACCESS_TOKEN") {
            builder = builder.access_token(&token);
        }
        Ok(Self {
            relay: builder.build()?,
            role,
            uuid,
            suite,
            wait_for_peer: wait,
            code,
            guesses: 0,
            has_answered: false,
            opened: None,
        })
    }

    pub(crate) fn relay(&self) -> &Relay {
        &self.relay
    }

    pub(crate) fn wait_for_peer(&self) -> Duration {
        self.wait_for_peer
    }

    /// The code, once the sender's channel is open.
    pub(crate) fn code(&self) -> Result<&CodePhrase, Error> {
        self.code.as_ref().ok_or_else(|| Error::new(Code::Failed).with_message("the channel is not open"))
    }

    /// Step 1: takes the channel. Until then there is no code to show.
    pub(crate) async fn open(&mut self) -> Result<(), Error> {
        let body = OpenChannelBody {
            channel: self.code.as_ref().map(|code| code.channel().to_owned()),
            role: Some(OpenChannelBodyRole::Sender),
            uuid: Some(self.uuid.clone()),
        };
        let deadline = Instant::now() + self.wait_for_peer;
        let opened = self
            .call(deadline, async |relay, until| relay.call_until(until, |api| api.open_channel(None, &body)).await);
        let opened = opened.await?;
        if self.code.is_none() {
            if !code::is_channel(&opened.channel) {
                return Err(Error::new(Code::RelayRefused)
                    .with_message("the relay gave a channel that cannot stand in a code")
                    .with_hint("Use another relay."));
            }
            self.code = Some(CodePhrase::generate(&opened.channel)?);
        }
        self.opened = Some(opened.round);
        Ok(())
    }

    /// Plays rounds until one ends with a key, or in what no further round may follow.
    pub(crate) async fn meet(&mut self) -> Result<Meeting, Error> {
        let deadline = Instant::now() + self.wait_for_peer;
        loop {
            self.check_guesses()?;
            let played = match self.role {
                Role::Sender => self.play_sender(deadline).await,
                Role::Recipient => self.play_recipient(deadline).await,
            };
            match played {
                // Merely interrupted: another may follow within the count, unasked. A relay that was restarted does
                // not know the seat any more.
                Err(error) if matches!(error.code(), Code::RoundOver | Code::UnknownChannel | Code::NotYours) => {
                    if Instant::now() >= deadline {
                        return Err(Code::NobodyCame.into());
                    }
                    self.check_guesses()?;
                    sleep(MIN_POLL).await;
                }
                Err(error) => {
                    // There is nobody who could be asked for another round.
                    match error.code() {
                        Code::WrongCode => self.close(CloseReason::WrongCode).await,
                        Code::Unsupported => self.close(CloseReason::Failed).await,
                        _ => {}
                    }
                    return Err(error);
                }
                Ok(meeting) => return Ok(meeting),
            }
        }
    }

    fn check_guesses(&self) -> Result<(), Error> {
        if self.guesses < MAX_GUESSES {
            return Ok(());
        }
        Err(Error::new(Code::WrongCode).with_message("wrong code, 3 times").with_hint(
            "Someone may be trying to guess the words. Ask for a new code, if possible through another relay.",
        ))
    }

    /// Steps 2 to 9.
    async fn play_sender(&mut self, deadline: Instant) -> Result<Meeting, Error> {
        if self.opened.is_none() {
            self.open().await?;
        }
        let round = self.opened.take();
        let code = self.code()?.clone();
        let agreed = agreement(self.suite, &code);
        let run = SenderRun::start(&agreed, &mut system)?;
        let channel = code.channel();
        let mut share = PostToChannelBody::sender(run.x(), self.suite.name());
        if let PostToChannelBody::SenderShare(share) = &mut share {
            share.round = round;
        }
        self.call(deadline, async |relay, until| {
            relay.call_until(until, |api| api.post_to_channel(channel, &share)).await
        })
        .await?;
        let answer = self
            .when_there(deadline, async |relay, until, wait| {
                relay.call_until(until, |api| api.get_y(channel, round, wait)).await
            })
            .await?;
        self.guesses += 1;
        let session = run.finish(&agreed, &answer.y, &answer.hh_k)?;
        self.guesses -= 1;
        let body = PostHkBody { h_k: session.keys.h_k_text().to_string(), round, uuid: None };
        let posted = self
            .call(deadline, async |relay, until| relay.call_until(until, |api| api.post_hk(channel, &body)).await)
            .await?;
        Ok(Meeting { session, round: round.unwrap_or(1), stapler: Some(posted.stapler) })
    }

    /// Steps 5 to 10.
    async fn play_recipient(&mut self, deadline: Instant) -> Result<Meeting, Error> {
        let code = self.code()?.clone();
        let channel = code.channel();
        let body = OpenChannelBody {
            channel: Some(channel.to_owned()),
            role: Some(OpenChannelBodyRole::Recipient),
            uuid: Some(self.uuid.clone()),
        };
        let joined = self
            .when_there(deadline, async |relay, until, wait| {
                relay.call_until(until, |api| api.open_channel(wait, &body)).await
            })
            .await?;
        let round = Some(joined.round);
        self.suite = Suite::from_name(joined.curve.as_deref().unwrap_or_default())?;
        let agreed = agreement(self.suite, &code);
        let run = RecipientRun::start(&agreed, joined.x.as_deref().unwrap_or_default(), &mut system)?;
        let mut share = PostToChannelBody::recipient(run.y(), &run.hh_k());
        if let PostToChannelBody::RecipientShare(share) = &mut share {
            share.round = round;
        }
        // Counts from before it is sent: an answer that never comes back may have been heard.
        self.guesses += 1;
        self.call(deadline, async |relay, until| {
            relay.call_until(until, |api| api.post_to_channel(channel, &share)).await
        })
        .await?;
        let answer = self
            .when_there(deadline, async |relay, until, wait| {
                relay.call_until(until, |api| api.get_hk(channel, round, wait)).await
            })
            .await?;
        let session = run.confirm(&agreed, &answer.h_k)?;
        self.guesses -= 1;
        Ok(Meeting { session, round: joined.round, stapler: Some(answer.stapler) })
    }

    /// Steps 11 and 13: where to connect. Asked anew before a connection is made again.
    pub(crate) async fn stapler(&mut self, meeting: &mut Meeting, deadline: Instant) -> Result<Stapler, Error> {
        if let Some(stapler) = meeting.stapler.take() {
            return Ok(stapler);
        }
        let channel = self.code()?.channel().to_owned();
        let (role, round) = (self.role, Some(meeting.round));
        let opened = self.call(deadline, async |relay, until| match role {
            Role::Sender => relay.call_until(until, |api| api.open_sender(&channel, round)).await,
            Role::Recipient => relay.call_until(until, |api| api.open_recipient(&channel, round)).await,
        });
        Ok(opened.await?.stapler)
    }

    /// What to say at the stapler.
    pub(crate) fn hello<'a>(&'a self, h_k: &'a str) -> Result<Hello<'a>, Error> {
        Ok(Hello { role: self.role, channel: self.code()?.channel(), uuid: Some(&self.uuid), h_k })
    }

    /// Step 18. Works on every way out, and gives up quietly.
    pub(crate) async fn close(&self, reason: CloseReason) {
        if let Some(code) = &self.code {
            let body = CloseChannelPostBody { reason: Some(reason), round: None, uuid: None };
            let closing = self.relay.call(|api| api.close_channel_post(code.channel(), &body));
            let _ = timeout(CLOSE, closing).await;
        }
    }

    /// A call of the relay. The first one is given up soon, so that a relay that is not there is noticed; once there was
    /// an answer, losses are waited out until the deadline.
    async fn call<T>(
        &mut self,
        deadline: Instant,
        make: impl AsyncFnOnce(&Relay, Instant) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = if self.has_answered {
            make(&self.relay, deadline).await.map_err(|error| {
                if !error.is_loss() {
                    return error;
                }
                Error::new(Code::ConnectionLost)
                    .with_message("the relay was lost and did not come back")
                    .with_source(error)
            })
        } else {
            let first = timeout(FIRST_ANSWER, make(&self.relay, Instant::now() + FIRST_REFUSED));
            first
                .await
                .unwrap_or_else(|_| Err(Error::new(Code::RelayUnreachable).with_message("the relay does not answer")))
        };
        self.has_answered |= match &result {
            Ok(_) => true,
            Err(error) => error.code() != Code::RelayUnreachable,
        };
        result.map_err(closed_by_peer)
    }

    /// Asks until the other side has acted.
    async fn when_there<T>(
        &mut self,
        deadline: Instant,
        make: impl AsyncFn(&Relay, Instant, Option<i64>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        loop {
            let start = Instant::now();
            let left = deadline.saturating_duration_since(start).as_secs() + 1;
            // The first call of all shall be answered soon.
            let wait = if self.has_answered { left.min(WAIT_SECONDS) as i64 } else { 0 };
            let asked = self.call(deadline, async |relay, until| make(relay, until, Some(wait)).await).await;
            match asked {
                Err(error) if is_not_there(self.role, &error) => {}
                other => return other,
            }
            if Instant::now() >= deadline {
                return Err(Code::NobodyCame.into());
            }
            if wait > 0 {
                tokio::time::sleep_until(start + MIN_POLL).await;
            }
        }
    }
}

/// What the relay says as long as the other side has not acted. A recipient may come before the sender.
fn is_not_there(role: Role, error: &Error) -> bool {
    error.code() == Code::NotYet || (role == Role::Recipient && error.code() == Code::UnknownChannel)
}

fn agreement(suite: Suite, code: &CodePhrase) -> Round<'_> {
    Round {
        suite,
        channel: code.channel(),
        words: code.secret(),
        capabilities: capabilities::OWN,
        chunk: capabilities::CHUNK,
    }
}

/// A channel that is closed, as what it was closed with.
fn closed_by_peer(error: Error) -> Error {
    let reason = error.problem().and_then(|problem| problem.reason);
    let code = match (error.code(), reason) {
        (Code::Closed, Some(ProblemReason::WrongCode)) => Code::WrongCode,
        (Code::Closed, Some(ProblemReason::Interfered)) => Code::Interfered,
        (Code::Closed, Some(ProblemReason::Declined)) => Code::Declined,
        (Code::Closed, Some(ProblemReason::Cancelled)) => Code::Cancelled,
        (Code::Closed, Some(ProblemReason::Failed)) => {
            return Error::new(Code::Failed)
                .with_message("the other side gave up")
                .with_hint("See what it says there.")
                .with_source(error);
        }
        _ => return error,
    };
    Error::new(code).with_source(error)
}
