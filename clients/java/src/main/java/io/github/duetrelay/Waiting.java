package io.github.duetrelay;

import java.time.Duration;
import java.util.Set;

/** Asks again and again for what is not there yet, letting the relay hold each answer back. */
final class Waiting {
  /** The other side has not done its step, or has not even come. */
  private static final Set<String> NOT_YET = Set.of("not_yet", "unknown_channel");

  private final long deadline;

  /** @param patience in all */
  Waiting(Duration patience) {
    this.deadline = System.nanoTime() + patience.toNanos();
  }

  /** One question. */
  interface Question<T> {
    /** @param seconds how long the relay may wait with its answer */
    T ask(int seconds) throws InterruptedException;
  }

  /** @throws ProblemException with the code that says to ask again, when patience is over */
  <T> T until(Question<T> question) throws InterruptedException {
    while (true) {
      long left = Math.max(0, deadline - System.nanoTime());
      // Rounded up: the last part of a second is waited for too.
      int seconds = (int) Math.min(RelayClient.WAIT_MAX_SECONDS, (left + 999_999_999L) / 1_000_000_000L);
      try {
        return question.ask(seconds);
      } catch (ProblemException problem) {
        if (!NOT_YET.contains(problem.code()) || System.nanoTime() >= deadline) {
          throw problem;
        }
      }
    }
  }
}
