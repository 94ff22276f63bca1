package io.github.duetrelay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.duetrelay.generated.model.OpenChannelBody;
import io.github.duetrelay.generated.model.PostHkBody;
import io.github.duetrelay.generated.model.PostToChannelBody;
import io.github.duetrelay.generated.model.SenderShare;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes wrong has the relay's own code, message and hint. */
@ExtendWith(TestRelay.class)
@Timeout(60)
final class ProblemTest {
  private static final String STRANGER = "strangerstrangerstranger";

  private static ProblemException refused(RelayClient relay, RelayClient.Step<?> step) {
    ProblemException problem = assertThrows(ProblemException.class, () -> relay.call(step));
    assertFalse(problem.getMessage().isEmpty());
    assertFalse(problem.hint().isEmpty());
    return problem;
  }

  @Test
  void anUnknownChannel(TestRelay.Address relay) {
    RelayClient client = RelayClient.at(relay.url()).uuid(STRANGER).build();
    ProblemException problem = refused(client, () -> client.sender().getY("java-nowhere", null, null));
    assertEquals("unknown_channel", problem.code());
    assertEquals(404, problem.status());
  }

  @Test
  void aWrongUuid(TestRelay.Address relay) throws InterruptedException {
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      RelayClient stranger = RelayClient.at(relay.url()).uuid(STRANGER).build();
      ProblemException problem = refused(stranger, () -> stranger.sender().getY(sender.channel(), null, null));
      assertEquals("not_yours", problem.code());
      assertEquals(403, problem.status());
    }
  }

  @Test
  void aThirdAddress(TestRelay.Address relay) throws Exception {
    try (Exchange sender = Exchange.openSender(relay.url(), null);
        Detour second = new Detour(relay.url(), "127.0.0.2", 0);
        Detour third = new Detour(relay.url(), "127.0.0.3", 0)) {
      SenderShare share = new SenderShare().x("share").curve(HashPake.CURVE);
      sender.relay().call(() -> sender.relay().channel().postToChannel(sender.channel(), new PostToChannelBody(share)));
      assertEquals(sender.channel(), Exchange.joinRecipient(second.url(), sender.channel(), Duration.ZERO).channel());
      RelayClient stranger = RelayClient.at(third.url()).build();
      ProblemException problem = refused(stranger, () -> stranger.channel().getChannel(sender.channel(), null, null));
      assertEquals("channel_full", problem.code());
      assertEquals("channel is full", problem.getMessage());
    }
  }

  @Test
  void badInput(TestRelay.Address relay) {
    RelayClient client = RelayClient.at(relay.url()).build();
    ProblemException problem = refused(client, () -> client.channel().openChannel(null, new OpenChannelBody().channel("NO!")));
    assertEquals("bad_request", problem.code());
    assertEquals(400, problem.status());
    assertEquals("channel", problem.problem().orElseThrow().getIssues().get(0).getPath().get(0));
  }

  @Test
  void aStepBeforeItsTurn(TestRelay.Address relay) throws InterruptedException {
    try (Exchange sender = Exchange.openSender(relay.url(), null)) {
      RelayClient client = sender.relay();
      PostHkBody early = new PostHkBody().hK("A".repeat(43));
      assertEquals("out_of_order", refused(client, () -> client.sender().postHk(sender.channel(), early)).code());
    }
  }

  @Test
  void aRelayThatIsAway() throws Exception {
    int port;
    try (ServerSocket nobody = new ServerSocket(0)) {
      port = nobody.getLocalPort();
    }
    RelayClient client = RelayClient.at(URI.create("http://127.0.0.1:" + port)).retryFor(Duration.ofMillis(1)).build();
    ProblemException problem = assertThrows(ProblemException.class, client::health);
    assertEquals(ProblemException.RELAY_UNREACHABLE, problem.code());
    assertFalse(problem.hint().isEmpty());
  }

  @Test
  void somethingElseThanARelay(TestRelay.Address relay) {
    RelayClient client = RelayClient.at(relay.url().resolve("/docs/")).build();
    ProblemException problem = assertThrows(ProblemException.class, client::health);
    assertTrue(problem.code().equals(ProblemException.NOT_A_RELAY) || problem.status() == 404, problem.code());
  }

  @Test
  void aLostConnectionIsTriedAgain(TestRelay.Address relay) throws Exception {
    try (Detour lossy = new Detour(relay.url(), "127.0.0.1", 2)) {
      assertTrue(RelayClient.at(lossy.url()).build().health().getSuccess());
    }
  }

  @Test
  void noUuidInAnyText(TestRelay.Address relay) {
    RelayClient client = RelayClient.at(relay.url()).uuid(STRANGER).build();
    ProblemException problem = refused(client, () -> client.sender().getY("java-nowhere", null, null));
    assertFalse(problem.toString().contains(STRANGER));
    assertFalse(client.toString().contains(STRANGER));
  }
}
