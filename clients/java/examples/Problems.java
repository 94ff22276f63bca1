import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.duetrelay.ProblemException;
import io.github.duetrelay.RelayClient;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What goes wrong, as a program sees it: asks a relay for a channel, with a uuid that has no seat there.
 *
 * <pre>java -cp CLASSPATH examples/Problems.java http://127.0.0.1:8153 4821</pre>
 *
 * <p>Prints one line of JSON, the problem's code, message and hint, and ends with 1; or the round of the channel.
 */
public final class Problems {
  private static final String NO_SEAT = "strangerstrangerstranger";

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0]);
    String channel = args[1];
    Map<String, Object> shown = new LinkedHashMap<>();
    int status = 0;
    // Once: a relay that is away is a problem too.
    RelayClient relay = RelayClient.at(url).uuid(NO_SEAT).retryFor(Duration.ZERO).build();
    try {
      shown.put("round", relay.call(() -> relay.channel().getChannel(channel, null, null)).getRound());
    } catch (ProblemException problem) {
      shown.put("code", problem.code());
      shown.put("message", problem.getMessage());
      shown.put("hint", problem.hint());
      status = 1;
    }
    System.out.println(new ObjectMapper().writeValueAsString(shown));
    System.exit(status);
  }
}
