package io.github.duetrelay;

import io.github.duetrelay.generated.model.CloseChannelPostBody;
import io.github.duetrelay.generated.model.OpenChannelBody;
import io.github.duetrelay.generated.model.OpenedChannel;
import io.github.duetrelay.generated.model.PostHkBody;
import io.github.duetrelay.generated.model.PostToChannelBody;
import io.github.duetrelay.generated.model.PostedShare;
import io.github.duetrelay.generated.model.ReceivedHk;
import io.github.duetrelay.generated.model.ReceivedY;
import io.github.duetrelay.generated.model.RecipientShare;
import io.github.duetrelay.generated.model.SenderShare;
import io.github.duetrelay.generated.model.Stapler;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The exchange at the relay as one of the two sides (docs/PROTOCOL.md, section 2), from the open channel to a {@link Meeting}. It plays
 * one round: what to do after a wrong code is for a person to say.
 *
 * <pre>{@code
 * try (Exchange exchange = Exchange.openSender(relayUrl, null)) {
 *   System.out.println("Channel: " + exchange.channel());
 *   Meeting meeting = exchange.meetAsSender(pake, Duration.ofMinutes(10));
 *   try (StaplerConnection connection = meeting.dial()) { ... }
 * }
 * }</pre>
 */
public final class Exchange implements AutoCloseable {
  private static final int UUID_BYTES = 16;

  private final RelayClient relay;
  private final Role role;
  private final String uuid;
  private final String channel;
  private String reason = "cancelled";

  private Exchange(RelayClient relay, Role role, String uuid, String channel) {
    this.relay = relay;
    this.role = role;
    this.uuid = uuid;
    this.channel = channel;
  }

  /**
   * Step 1: takes a channel as its sender.
   *
   * @param channel its name; null lets the relay choose
   * @throws ProblemException {@code channel_in_use}, and what every call throws
   */
  public static Exchange openSender(URI url, @Nullable String channel) throws InterruptedException {
    return open(url, Role.SENDER, channel, Duration.ZERO);
  }

  /**
   * Step 5: joins a channel as its recipient, who may be there before the sender.
   *
   * @param channel the part of a code before its first dash
   * @param patience how long to wait for the sender and its share: until then there is no seat to take
   * @throws ProblemException {@code unknown_channel} or {@code not_yet} when the sender did not come, and what every call throws
   */
  public static Exchange joinRecipient(URI url, String channel, Duration patience) throws InterruptedException {
    return open(url, Role.RECIPIENT, Objects.requireNonNull(channel), patience);
  }

  private static Exchange open(URI url, Role role, @Nullable String channel, Duration patience)
      throws InterruptedException {
    String uuid = newUuid();
    RelayClient relay = RelayClient.at(url).uuid(uuid).build();
    OpenChannelBody body =
        new OpenChannelBody().channel(channel).role(OpenChannelBody.RoleEnum.fromValue(role.wire())).uuid(uuid);
    OpenedChannel opened =
        waiting(patience).until(wait -> relay.call(() -> relay.channel().openChannel(wait, body)));
    return new Exchange(relay, role, uuid, opened.getChannel());
  }

  /** The client that speaks for this side. */
  public RelayClient relay() {
    return relay;
  }

  public String channel() {
    return channel;
  }

  /**
   * Steps 2, 3, 7 to 9 and 11.
   *
   * @param patience how long to wait for the recipient
   * @throws Pake.WrongCodeException when the words differ; the other side has been told
   * @throws ProblemException {@code not_yet} when nobody came; {@code closed}, {@code round_over} and what every call throws
   */
  public Meeting meetAsSender(Pake pake, Duration patience) throws InterruptedException, Pake.WrongCodeException {
    require(Role.SENDER);
    Pake.SenderRun run = pake.startSender(channel);
    SenderShare share = new SenderShare().x(run.x()).curve(run.curve());
    relay.call(() -> relay.channel().postToChannel(channel, new PostToChannelBody(share)));
    ReceivedY answer = waiting(patience).until(wait -> relay.call(() -> relay.sender().getY(channel, null, wait)));
    Pake.SessionKey key = judge(() -> run.finish(answer.getY(), answer.getHhK()));
    Stapler stapler =
        relay.call(() -> relay.sender().postHk(channel, new PostHkBody().hK(key.hK()))).getStapler();
    return new Meeting(this, key, stapler);
  }

  /**
   * Steps 5 to 7, 10 and 13.
   *
   * @param patience how long to wait for each step of the sender
   * @throws Pake.WrongCodeException when the words differ; the other side has been told
   * @throws ProblemException as for the sender
   */
  public Meeting meetAsRecipient(Pake pake, Duration patience) throws InterruptedException, Pake.WrongCodeException {
    require(Role.RECIPIENT);
    var state = waiting(patience).until(wait -> relay.call(() -> relay.channel().getChannel(channel, null, wait)));
    Pake.RecipientRun run = judge(() -> pake.startRecipient(channel, state.getCurve(), state.getX()));
    RecipientShare share = new RecipientShare().y(run.y()).hhK(run.hhK());
    PostedShare posted = relay.call(() -> relay.channel().postToChannel(channel, new PostToChannelBody(share)));
    ReceivedHk answer =
        waiting(patience).until(wait -> relay.call(() -> relay.recipient().getHk(channel, null, wait)));
    Pake.SessionKey key = judge(() -> run.confirm(answer.gethK()));
    return new Meeting(this, key, posted.getStapler());
  }

  /** Step 18, when everything has arrived: {@link #close()} then says so. */
  public void done() {
    reason = "done";
  }

  /** Step 18: closes the channel for both sides, as {@code done}, or as {@code cancelled} if {@link #done()} was not called. Never fails. */
  @Override
  public void close() {
    close(reason);
  }

  private void close(String why) {
    CloseChannelPostBody body = new CloseChannelPostBody().reason(CloseChannelPostBody.ReasonEnum.fromValue(why));
    try {
      relay.call(() -> relay.channel().closeChannelPost(channel, body));
    } catch (ProblemException alreadyGone) {
      // Closed by the other side, expired, or out of reach: nothing is left to close.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  Role role() {
    return role;
  }

  String uuid() {
    return uuid;
  }

  /** A check of the key agreement. */
  private interface Check<T> {
    T run() throws Pake.WrongCodeException;
  }

  /** One that fails ends the round for the other side too. */
  private <T> T judge(Check<T> check) throws Pake.WrongCodeException {
    try {
      return check.run();
    } catch (Pake.WrongCodeException wrong) {
      reason = "wrong-code";
      close(reason);
      throw wrong;
    }
  }

  private static Waiting waiting(Duration patience) {
    return new Waiting(patience);
  }

  private void require(Role wanted) {
    if (role != wanted) {
      throw new IllegalStateException("this is the exchange of a " + role.wire());
    }
  }

  /** A capability that nobody guesses: base64url of 16 random bytes. */
  private static String newUuid() {
    byte[] bytes = new byte[UUID_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
