import io.github.duetrelay.Exchange;
import io.github.duetrelay.Pake;
import io.github.duetrelay.ProblemException;
import io.github.duetrelay.RelayClient;
import io.github.duetrelay.StaplerConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Two sides in one process: they meet at a relay and say hello through its stapler.
 *
 * <pre>java -cp CLASSPATH examples/TwoSides.java http://127.0.0.1:8153</pre>
 *
 * <p>The key agreement here is a constant, which protects nothing: put your own implementation of {@link Pake} in its place.
 */
public final class TwoSides {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0]);
    System.out.println("The relay is " + RelayClient.at(url).build().health().getMessage() + ".");

    try (Exchange sender = Exchange.openSender(url, null)) {
      CompletableFuture<String> heard = CompletableFuture.supplyAsync(() -> receive(url, sender.channel()));
      try (StaplerConnection connection = sender.meetAsSender(new NoPake(), PATIENCE).dial(PATIENCE)) {
        connection.output().write("hello through the stapler".getBytes(StandardCharsets.UTF_8));
        connection.shutdownOutput();
        System.out.println("The recipient heard: " + heard.get());
      }
    } catch (ProblemException problem) {
      System.err.println(problem.code() + ": " + problem.getMessage() + ". " + problem.hint());
      throw problem;
    }
  }

  private static String receive(URI url, String channel) {
    try (Exchange recipient = Exchange.joinRecipient(url, channel, PATIENCE);
        StaplerConnection connection = recipient.meetAsRecipient(new NoPake(), PATIENCE).dial(PATIENCE)) {
      String text = new String(connection.input().readAllBytes(), StandardCharsets.UTF_8);
      recipient.done();
      return text;
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** The same "key" for everybody. */
  private static final class NoPake implements Pake, Pake.SenderRun, Pake.RecipientRun, Pake.SessionKey {
    @Override
    public SenderRun startSender(String channel) {
      return this;
    }

    @Override
    public RecipientRun startRecipient(String channel, String curve, String x) {
      return this;
    }

    @Override
    public String x() {
      return "x";
    }

    @Override
    public String curve() {
      return "none";
    }

    @Override
    public SessionKey finish(String y, String hhK) {
      return this;
    }

    @Override
    public String y() {
      return "y";
    }

    @Override
    public String hhK() {
      return "hh_k";
    }

    @Override
    public SessionKey confirm(String hK) {
      return this;
    }

    @Override
    public String hK() {
      return "h_k";
    }

    @Override
    public byte[] key() {
      return new byte[32];
    }
  }
}
