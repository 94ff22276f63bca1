package io.github.duetrelay;

import io.github.duetrelay.generated.ApiClient;
import io.github.duetrelay.generated.ApiException;
import io.github.duetrelay.generated.api.ChannelApi;
import io.github.duetrelay.generated.api.RecipientApi;
import io.github.duetrelay.generated.api.RelayApi;
import io.github.duetrelay.generated.api.SenderApi;
import io.github.duetrelay.generated.model.Health;
import io.github.duetrelay.generated.model.Problem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The steps of the exchange at one relay, on behalf of one side. Safe for use by several threads.
 *
 * <p>Every call may be repeated without harm, so a lost connection is tried again until {@link Builder#retryFor} is over. What goes
 * wrong is a {@link ProblemException}. A thread that is interrupted while it waits ends its call with {@link InterruptedException}.
 */
public final class RelayClient {
  /** The longest that a relay holds an answer back ({@code wait}), in seconds: PROTOCOL.md, section 2. */
  public static final int WAIT_MAX_SECONDS = 30;

  /** Longer than any {@code wait}, so that it is the relay that answers first. */
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(WAIT_MAX_SECONDS + 10);

  /** Longer than the slowest path with a lost packet or two. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** Enough for a relay that is started again. */
  private static final Duration RETRY_FOR = Duration.ofSeconds(5);

  private static final Duration RETRY_PAUSE = Duration.ofMillis(200);

  private final URI url;
  private final Duration retryFor;
  private final ApiClient api;
  private final ChannelApi channelApi;
  private final SenderApi senderApi;
  private final RecipientApi recipientApi;

  private RelayClient(Builder builder) {
    url = builder.url;
    retryFor = builder.retryFor;
    api = new ApiClient();
    api.updateBaseUri(url.toString().replaceAll("/+$", ""));
    api.setHttpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    api.setConnectTimeout(CONNECT_TIMEOUT);
    api.setReadTimeout(READ_TIMEOUT);
    String uuid = builder.uuid;
    if (uuid != null) {
      api.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + uuid));
    }
    channelApi = new ChannelApi(api);
    senderApi = new SenderApi(api);
    recipientApi = new RecipientApi(api);
  }

  /**
   * Begins a client.
   *
   * @param url where the relay is, such as {@code http://127.0.0.1:8153}
   */
  public static Builder at(URI url) {
    return new Builder(url);
  }

  /** The relay's own address. */
  public URI url() {
    return url;
  }

  /** Steps 1, 3, 5, 7 and 18, as they are generated: use them within {@link #call}. */
  public ChannelApi channel() {
    return channelApi;
  }

  /** Steps 7, 9, 11 and 16, as they are generated: use them within {@link #call}. */
  public SenderApi sender() {
    return senderApi;
  }

  /** Steps 10 and 13, as they are generated: use them within {@link #call}. */
  public RecipientApi recipient() {
    return recipientApi;
  }

  /** Whether the relay works, and its limits. */
  public Health health() throws InterruptedException {
    return call(() -> new RelayApi(api).health());
  }

  /** A call of the generated code. */
  @FunctionalInterface
  public interface Step<T> {
    T run() throws ApiException;
  }

  /**
   * Runs a step: again when its connection was lost, with the problem as an exception when the relay refuses it.
   *
   * @throws ProblemException what the relay answers, or {@link ProblemException#RELAY_UNREACHABLE}
   */
  public <T> T call(Step<T> step) throws InterruptedException {
    long deadline = System.nanoTime() + retryFor.toNanos();
    while (true) {
      try {
        return step.run();
      } catch (ApiException failure) {
        if (failure.getCode() != 0) {
          throw refused(failure);
        }
        if (failure.getCause() instanceof InterruptedException interrupted) {
          throw interrupted;
        }
        if (!(failure.getCause() instanceof IOException) || System.nanoTime() >= deadline) {
          throw unreachable(failure);
        }
        Thread.sleep(RETRY_PAUSE.toMillis());
      }
    }
  }

  private ProblemException refused(ApiException failure) {
    try {
      Problem problem = api.getObjectMapper().readValue(failure.getResponseBody(), Problem.class);
      if (problem != null && problem.getCode() != null) {
        return new ProblemException(problem, failure.getCode());
      }
    } catch (IOException | IllegalArgumentException notAProblem) {
      failure.addSuppressed(notAProblem);
    }
    return new ProblemException(
        ProblemException.NOT_A_RELAY,
        "what answers at " + url + " is not a duet relay (status " + failure.getCode() + ")",
        "Check the address of the relay.",
        failure);
  }

  private ProblemException unreachable(ApiException failure) {
    return new ProblemException(
        ProblemException.RELAY_UNREACHABLE,
        "the relay cannot be reached at " + url,
        "Check the address and the network.",
        failure.getCause());
  }

  /** What a client is made from. */
  public static final class Builder {
    private final URI url;
    private @Nullable String uuid;
    private Duration retryFor = RETRY_FOR;

    private Builder(URI url) {
      this.url = Objects.requireNonNull(url);
    }

    /** The capability that proves the side in its channel; without it the relay knows the caller by its address. */
    public Builder uuid(String uuid) {
      this.uuid = Objects.requireNonNull(uuid);
      return this;
    }

    /** How long a call is tried again after its connection was lost; zero is once. */
    public Builder retryFor(Duration duration) {
      this.retryFor = Objects.requireNonNull(duration);
      return this;
    }

    public RelayClient build() {
      return new RelayClient(this);
    }
  }
}
