package io.github.duetrelay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Both sides of the exchange, at a real relay and its stapler. */
@ExtendWith(TestRelay.class)
@Timeout(60)
final class ExchangeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ExecutorService side = Executors.newSingleThreadExecutor();

  @AfterEach
  void endTheOtherSide() {
    side.shutdownNow();
  }

  private <T> T result(Future<T> future) throws Exception {
    return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void bothSidesMeetAndTheirBytesCrossTheStapler(TestRelay.Address relay) throws Exception {
    byte[] sent = new byte[3_000_000];
    new Random(1).nextBytes(sent);
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      Callable<byte[]> receive =
          () -> {
            try (Exchange recipient = Exchange.joinRecipient(relay.url(), sender.channel(), PATIENCE)) {
              Meeting meeting = recipient.meetAsRecipient(new HashPake("cactus-lemon"), PATIENCE);
              try (StaplerConnection connection = meeting.dial(PATIENCE)) {
                byte[] received = connection.input().readAllBytes();
                connection.output().write(meeting.key().key());
                recipient.done();
                return received;
              }
            }
          };
      Future<byte[]> received = side.submit(receive);
      Meeting meeting = sender.meetAsSender(new HashPake("cactus-lemon"), PATIENCE);
      try (StaplerConnection connection = meeting.dial(PATIENCE)) {
        connection.output().write(sent);
        connection.shutdownOutput();
        assertArrayEquals(meeting.key().key(), connection.input().readAllBytes());
      }
      assertArrayEquals(sent, result(received));
      ProblemException closed =
          assertThrows(ProblemException.class, () -> sender.relay().call(() -> sender.relay().sender().isReady(sender.channel(), null, null)));
      assertEquals("closed", closed.code());
      assertEquals("done", closed.problem().orElseThrow().getReason().getValue());
    }
  }

  @Test
  void wrongWordsEndBothSidesAndTheRelayKnowsWhy(TestRelay.Address relay) throws Exception {
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      Callable<Meeting> receive =
          () -> {
            try (Exchange recipient = Exchange.joinRecipient(relay.url(), sender.channel(), PATIENCE)) {
              return recipient.meetAsRecipient(new HashPake("cactus-zoo"), PATIENCE);
            }
          };
      Future<Meeting> other = side.submit(receive);
      assertThrows(Pake.WrongCodeException.class, () -> sender.meetAsSender(new HashPake("cactus-lemon"), PATIENCE));
      ExecutionException failed = assertThrows(ExecutionException.class, () -> result(other));
      ProblemException closed = (ProblemException) failed.getCause();
      assertEquals("closed", closed.code());
      assertEquals("wrong-code", closed.problem().orElseThrow().getReason().getValue());
    }
  }

  @Test
  void theRecipientMayComeFirst(TestRelay.Address relay) throws Exception {
    String channel = "java-" + System.nanoTime();
    Future<Meeting> other =
        side.submit(
            () -> {
              Exchange recipient = Exchange.joinRecipient(relay.url(), channel, PATIENCE);
              return recipient.meetAsRecipient(new HashPake("w"), PATIENCE);
            });
    try (Exchange sender = Exchange.openSender(relay.url(), channel)) {
      Meeting meeting = sender.meetAsSender(new HashPake("w"), PATIENCE);
      assertEquals(channel, sender.channel());
      assertArrayEquals(meeting.key().key(), result(other).key().key());
    }
  }

  @Test
  void nobodyComing(TestRelay.Address relay) throws Exception {
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      ProblemException problem =
          assertThrows(
              ProblemException.class, () -> sender.meetAsSender(new HashPake("a"), Duration.ofMillis(10)));
      assertEquals("not_yet", problem.code());
    }
  }

  @Test
  void aWaitEndsWhenItsThreadIsInterrupted(TestRelay.Address relay) throws Exception {
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> sender.meetAsSender(new HashPake("a"), PATIENCE));
    }
  }

  @Test
  void theStaplerSaysWhyItRefuses(TestRelay.Address relay) throws Exception {
    int port;
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      Future<Meeting> other =
          side.submit(
              () -> {
                Exchange recipient = Exchange.joinRecipient(relay.url(), sender.channel(), PATIENCE);
                return recipient.meetAsRecipient(new HashPake("w"), PATIENCE);
              });
      sender.meetAsSender(new HashPake("w"), PATIENCE);
      result(other);
      port = sender.relay().call(() -> sender.relay().sender().openSender(sender.channel(), null)).getStapler().getPort();
    }
    String host = relay.url().getHost();
    ProblemException unknown =
        assertThrows(
            ProblemException.class,
            () -> StaplerConnection.open(host, port, "duet/1 sender java-nowhere - " + "A".repeat(43), PATIENCE));
    assertEquals("unknown_channel", unknown.code());
    ProblemException bad =
        assertThrows(ProblemException.class, () -> StaplerConnection.open(host, port, "hello", PATIENCE));
    assertEquals("bad_hello", bad.code());
    ProblemException none =
        assertThrows(ProblemException.class, () -> StaplerConnection.open(host, relay.url().getPort(), "hello", PATIENCE));
    assertEquals(ProblemException.STAPLER_UNREACHABLE, none.code());
  }
}
