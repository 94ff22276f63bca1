package io.github.duetrelay;

import io.github.duetrelay.generated.model.Stapler;
import java.time.Duration;

/** Both sides hold the same key, and know it. */
public final class Meeting {
  private final Exchange exchange;
  private final Pake.SessionKey key;
  private final Stapler stapler;

  Meeting(Exchange exchange, Pake.SessionKey key, Stapler stapler) {
    this.exchange = exchange;
    this.key = key;
    this.stapler = stapler;
  }

  /** The key. What is sent through the stapler is for the caller to encrypt: docs/PROTOCOL.md, section 6. */
  public Pake.SessionKey key() {
    return key;
  }

  /**
   * Steps 13 to 15: connects to the stapler and waits until it has joined both sides.
   *
   * @param patience how long to wait for the other side
   * @throws ProblemException what the stapler refuses with, and {@link ProblemException#STAPLER_UNREACHABLE}
   */
  public StaplerConnection dial(Duration patience) {
    String host = stapler.getHost() == null ? exchange.relay().url().getHost() : stapler.getHost();
    String line =
        String.join(" ", "duet/1", exchange.role().wire(), exchange.channel(), exchange.uuid(), key.hK());
    return StaplerConnection.open(host, stapler.getPort(), line, patience);
  }
}
