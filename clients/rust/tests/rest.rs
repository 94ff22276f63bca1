//! The whole exchange over REST, and the problems of a real relay.

mod common;

use std::{net::TcpListener, time::Duration};

use common::relay;
use duet_relay::{
    Code, Error, Hello, Relay, Role, StaplerStream, new_uuid,
    types::{CloseChannelPostBody, OpenChannelBody, OpenChannelBodyRole, PostHkBody, PostToChannelBody, ProblemReason},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// `hh_k` of the worked exchange in test/vectors belongs to this `h_k`.
const H_K: &str = "cp7jNrjAMXTA6xmz2lYu7P3jW9X2DUs7iw1DwGTzxZE";
const HH_K: &str = "mnkTXDSiDypCg5PnI5hGtQkHbrpU4srCXH8Lywd23Go";

struct Seat {
    relay: Relay,
    uuid: String,
}

fn seat(url: &str) -> Result<Seat, Error> {
    let uuid = new_uuid()?;
    Ok(Seat { relay: Relay::builder(url).bearer(&uuid).build()?, uuid })
}

fn opening(role: OpenChannelBodyRole, channel: Option<&str>, uuid: &str) -> OpenChannelBody {
    OpenChannelBody { channel: channel.map(str::to_owned), role: Some(role), uuid: Some(uuid.to_owned()) }
}

/// Steps 1 to 18 with the calls alone; what the bytes of the shares say is the peers' business.
#[tokio::test]
async fn the_whole_exchange_and_a_stream_over_the_stapler() -> Result<(), Error> {
    let running = relay();
    let (sender, recipient) = (seat(&running.url)?, seat(&running.url)?);
    let body = opening(OpenChannelBodyRole::Sender, None, &sender.uuid);
    let opened = sender.relay.call(|api| api.open_channel(None, &body)).await?;
    let channel = opened.channel.as_str();
    let body = opening(OpenChannelBodyRole::Sender, Some(channel), &sender.uuid);
    let again = sender.relay.call(|api| api.open_channel(None, &body)).await?;
    assert_eq!((&again.channel, again.round), (&opened.channel, opened.round), "the same seat");

    let x = PostToChannelBody::sender("x-of-the-sender", "ristretto255");
    sender.relay.call(|api| api.post_to_channel(channel, &x)).await?;
    let body = opening(OpenChannelBodyRole::Recipient, Some(channel), &recipient.uuid);
    let joined = recipient.relay.call(|api| api.open_channel(Some(30), &body)).await?;
    assert_eq!(joined.x.as_deref(), Some("x-of-the-sender"));

    let y = PostToChannelBody::recipient("y-of-the-recipient", HH_K);
    recipient.relay.call(|api| api.post_to_channel(channel, &y)).await?;
    let answer = sender.relay.call(|api| api.get_y(channel, None, Some(30))).await?;
    assert_eq!((answer.y.as_str(), answer.hh_k.as_str()), ("y-of-the-recipient", HH_K));

    let h_k = PostHkBody { h_k: H_K.to_owned(), round: None, uuid: None };
    let posted = sender.relay.call(|api| api.post_hk(channel, &h_k)).await?;
    let revealed = recipient.relay.call(|api| api.get_hk(channel, None, Some(30))).await?;
    assert_eq!(revealed.h_k, H_K);

    let hello = |seat, role| Hello { role, channel, uuid: Some(seat), h_k: H_K };
    let (mut here, mut there) = tokio::try_join!(
        StaplerStream::connect(&sender.relay, &posted.stapler, hello(&sender.uuid, Role::Sender)),
        StaplerStream::connect(&recipient.relay, &revealed.stapler, hello(&recipient.uuid, Role::Recipient)),
    )?;
    here.write_all(b"through the stapler").await.expect("written");
    here.shutdown().await.expect("ended");
    let mut heard = String::new();
    there.read_to_string(&mut heard).await.expect("read");
    assert_eq!(heard, "through the stapler");
    assert!(sender.relay.call(|api| api.is_ready(channel, None, Some(5))).await?.ready);

    let done = CloseChannelPostBody { reason: None, round: None, uuid: None };
    recipient.relay.call(|api| api.close_channel_post(channel, &done)).await?;
    let closed = sender.relay.call(|api| api.get_channel(channel, None, None)).await.expect_err("closed");
    assert_eq!(closed.code(), Code::Closed);
    assert_eq!(closed.problem().and_then(|problem| problem.reason), Some(ProblemReason::Done));
    Ok(())
}

/// What a refused call says: code, and that there are texts for a person.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    let error = result.expect_err("refused");
    assert!(!error.message().is_empty() && !error.hint().is_empty(), "{error:?}");
    error.code()
}

#[tokio::test]
async fn mistakes_are_typed_problems() -> Result<(), Error> {
    let running = relay();
    let (ours, stranger) = (seat(&running.url)?, seat(&running.url)?);
    let body = opening(OpenChannelBodyRole::Sender, None, &ours.uuid);
    let opened = ours.relay.call(|api| api.open_channel(None, &body)).await?;
    let channel = opened.channel.as_str();
    let x = PostToChannelBody::sender("x", "ristretto255");

    let code = refused(stranger.relay.call(|api| api.post_to_channel(channel, &x)).await);
    assert_eq!(code, Code::NotYours, "a wrong uuid");
    let code = refused(ours.relay.call(|api| api.get_channel("no-such-channel", None, None)).await);
    assert_eq!(code, Code::UnknownChannel);
    let bad = PostToChannelBody::sender("a share with spaces", "ristretto255");
    let error = ours.relay.call(|api| api.post_to_channel(channel, &bad)).await.expect_err("bad input");
    assert_eq!(error.code(), Code::BadRequest);
    assert!(error.problem().is_some_and(|problem| !problem.issues.is_empty()), "{error:?}");
    let h_k = PostHkBody { h_k: H_K.to_owned(), round: None, uuid: None };
    assert_eq!(refused(ours.relay.call(|api| api.post_hk(channel, &h_k)).await), Code::OutOfOrder);
    ours.relay.call(|api| api.post_to_channel(channel, &x)).await?;
    let other = PostToChannelBody::sender("another", "ristretto255");
    assert_eq!(refused(ours.relay.call(|api| api.post_to_channel(channel, &other)).await), Code::AlreadySet);
    assert_eq!(refused(ours.relay.call(|api| api.get_y(channel, None, Some(1))).await), Code::NotYet);
    Ok(())
}

#[tokio::test]
async fn a_relay_that_is_away_is_relay_unreachable() -> Result<(), Error> {
    // Bound and dropped: nobody else listens there.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let relay = Relay::builder(&format!("http://{free}")).retry_for(Duration::ZERO).build()?;
    assert_eq!(refused(relay.call(|api| api.health()).await), Code::RelayUnreachable);
    Ok(())
}

#[tokio::test]
async fn something_else_that_answers_is_told_apart() -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a call");
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello";
        stream.write_all(page.as_bytes()).await.expect("answered");
    });
    let relay = Relay::new(&format!("http://{address}"))?;
    assert_eq!(refused(relay.call(|api| api.health()).await), Code::RelayRefused);
    serving.await.expect("served");
    Ok(())
}

#[test]
fn the_uuid_is_not_shown() -> Result<(), Error> {
    let uuid = new_uuid()?;
    let relay = Relay::builder("http://127.0.0.1:1").bearer(&uuid).build()?;
    for shown in [format!("{relay:?}"), format!("{:?}", relay.api())] {
        assert!(!shown.contains(&uuid), "{shown}");
    }
    assert_eq!(refused(Relay::new("ftp://relay.example")), Code::Usage);
    Ok(())
}
