package io.github.duetrelay;

import io.github.duetrelay.generated.model.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A step that did not succeed, in the words of the relay (RFC 9457), of the stapler, or of this client. Match on {@link #code()}: it is
 * stable, while the texts may change.
 */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The code for a relay that cannot be reached, which no relay can send. */
  public static final String RELAY_UNREACHABLE = "relay_unreachable";

  /** The code for a stapler that cannot be reached or is none. */
  public static final String STAPLER_UNREACHABLE = "stapler_unreachable";

  /** The code for an answer that is none of a relay. */
  public static final String NOT_A_RELAY = "relay_refused";

  private final String code;
  private final String hint;
  private final int status;
  private final transient @Nullable Problem problem;

  ProblemException(Problem problem, int status) {
    super(problem.getMessage());
    this.code = problem.getCode();
    this.hint = problem.getHint() == null ? "" : problem.getHint();
    this.status = status;
    this.problem = problem;
  }

  ProblemException(String code, String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.hint = hint;
    this.status = 0;
    this.problem = null;
  }

  /** What happened, for programs, such as {@code not_yet} or {@code channel_full}. */
  public String code() {
    return code;
  }

  /** What to do about it, for people; may be empty. */
  public String hint() {
    return hint;
  }

  /** The HTTP status; 0 when no relay has answered. */
  public int status() {
    return status;
  }

  /** All that the relay has said: for {@code closed} by whom and why, for {@code rate_limited} how long to wait. */
  public Optional<Problem> problem() {
    return Optional.ofNullable(problem);
  }
}
