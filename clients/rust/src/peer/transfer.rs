//! Connections, made until what is done on one of them has succeeded (steps 11 to 17; PROTOCOL.md section 6.4).

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use super::{
    connection::{Connection, Forgeries},
    exchange::{Exchange, Meeting},
};
use crate::{Code, Error, StaplerStream, generated::types::CloseChannelPostBodyReason as CloseReason, retry};

/// A connection that held for so long did not fail at the door: the next one is made at once.
const HELD: Duration = Duration::from_secs(10);

/// What is done on a connection.
pub(crate) trait Work: Send {
    type Output;

    /// `deadline` is for what needs no human: the other side's next message, where it follows by itself.
    fn serve(
        &mut self,
        connection: &mut Connection<StaplerStream>,
        deadline: Instant,
    ) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// Runs the work until it is done or `stop` resolves. A channel that failed for good is closed, so that the other side
/// does not wait.
pub(crate) async fn run<W: Work>(
    exchange: &mut Exchange,
    work: &mut W,
    stop: impl Future<Output = ()>,
) -> Result<W::Output, Error> {
    let result = tokio::select! {
        result = connections(exchange, work) => result,
        // The connection goes with it; the other side dials again, and hears from the relay what became of it.
        () = stop => Err(Code::Interrupted.into()),
    };
    if let Err(error) = &result {
        let reason = match error.code() {
            // The same command again goes on in it.
            Code::ConnectionLost | Code::NobodyCame | Code::RelayUnreachable | Code::StaplerUnreachable => None,
            // Closed already.
            Code::WrongCode => None,
            Code::Declined => Some(CloseReason::Declined),
            Code::Cancelled | Code::Interrupted => Some(CloseReason::Cancelled),
            Code::Interfered => Some(CloseReason::Interfered),
            _ => Some(CloseReason::Failed),
        };
        if let Some(reason) = reason {
            exchange.close(reason).await;
        }
    }
    result
}

/// The same without closing: for what is tried once more on the way out.
pub(crate) async fn connections<W: Work>(exchange: &mut Exchange, work: &mut W) -> Result<W::Output, Error> {
    let forgeries = Forgeries::default();
    let mut meeting = None;
    let mut deadline = Instant::now() + exchange.wait_for_peer();
    let mut retries = 0;
    loop {
        if meeting.is_none() {
            meeting = Some(exchange.meet().await?);
            deadline = Instant::now() + exchange.wait_for_peer();
        }
        let Some(current) = &mut meeting else { continue };
        let started = Instant::now();
        let error = match one(exchange, current, work, &forgeries, &mut deadline).await {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        match error.code() {
            // The relay's word: this round is over, another may follow.
            Code::RoundOver | Code::UnknownChannel => meeting = None,
            _ if is_lost(&error) && Instant::now() < deadline => {
                retries = if started.elapsed() > HELD { 0 } else { retries + 1 };
                sleep(retry::delay(retries, &error)).await;
            }
            _ if is_lost(&error) => return Err(Error::new(Code::ConnectionLost).with_source(error)),
            _ => return Err(error),
        }
    }
}

/// One connection, from the stapler to its end.
async fn one<W: Work>(
    exchange: &mut Exchange,
    meeting: &mut Meeting,
    work: &mut W,
    forgeries: &Forgeries,
    deadline: &mut Instant,
) -> Result<W::Output, Error> {
    let stapler = exchange.stapler(meeting, *deadline).await?;
    let h_k = meeting.session.keys.h_k_text();
    let hello = exchange.hello(&h_k)?;
    let dial = StaplerStream::connect(exchange.relay(), &stapler, hello);
    let stream = timeout_at(*deadline, dial).await.map_err(|_| did_not_come_back())?.map_err(at_the_stapler)?;
    let opening = Connection::open(&meeting.session, stream, forgeries.clone());
    let mut connection = timeout_at(*deadline, opening).await.map_err(|_| did_not_come_back())??;
    let result = work.serve(&mut connection, *deadline).await;
    if connection.reader.has_heard {
        // There was somebody: from here on is a new loss.
        *deadline = Instant::now() + exchange.wait_for_peer();
    }
    let Err(error) = result else { return result };
    let reason = connection.last_word(error).await;
    connection.leave(&reason).await;
    Err(reason)
}

/// What the stapler says of the round is not final: the relay tells at the next attempt what has become of it.
fn at_the_stapler(error: Error) -> Error {
    match error.code() {
        Code::Closed | Code::RoundOver | Code::UnknownChannel | Code::NotOpen | Code::WrongHK => {
            Error::new(Code::ConnectionLost).with_source(error)
        }
        _ => error,
    }
}

fn is_lost(error: &Error) -> bool {
    error.is_loss()
        || matches!(
            error.code(),
            Code::ConnectionLost | Code::Replaced | Code::Timeout | Code::Busy | Code::Unavailable
        )
}

fn did_not_come_back() -> Error {
    Error::new(Code::ConnectionLost).with_message("the other side did not come back")
}
