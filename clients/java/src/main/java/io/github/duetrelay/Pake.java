package io.github.duetrelay;

/**
 * The key agreement of a round (docs/PROTOCOL.md, section 3), which this library takes from outside: no Java library that is well
 * kept has CPace's groups with their hash to curve. It holds the words of the code; they never leave it.
 *
 * <p>An object of a run is for one round only, and checks in constant time.
 */
public interface Pake {
  /**
   * Steps 2 and 3: begins a round as the sender.
   *
   * @param channel part of what both sides agree on
   */
  SenderRun startSender(String channel);

  /**
   * Step 6: answers a sender's share.
   *
   * @param channel as for the sender
   * @param curve the suite that the sender proposes
   * @param x its share, as the relay had it: not to be trusted
   * @throws WrongCodeException when the share is not valid
   */
  RecipientRun startRecipient(String channel, String curve, String x) throws WrongCodeException;

  /** The sender's half of a round. */
  interface SenderRun {
    /** The share, at most 4096 characters of ASCII without spaces. */
    String x();

    /** The name of the suite. */
    String curve();

    /**
     * Step 8: computes the key and compares {@code hh_k}.
     *
     * @throws WrongCodeException when the other side does not hold the same words
     */
    SessionKey finish(String y, String hhK) throws WrongCodeException;
  }

  /** The recipient's half of a round. */
  interface RecipientRun {
    String y();

    /** The hash of the hash of the key: the guess that this round spends. */
    String hhK();

    /**
     * Step 10: compares {@code h_k}.
     *
     * @throws WrongCodeException when the other side does not hold the same words
     */
    SessionKey confirm(String hK) throws WrongCodeException;
  }

  /** What both sides hold when the words were the same. */
  interface SessionKey {
    /** The hash of the key that the stapler knows the round by. */
    String hK();

    /** The key itself. Never to be shown: this type has no text form of it. */
    byte[] key();
  }

  /** The words were not the same, or someone is in between. */
  final class WrongCodeException extends Exception {
    private static final long serialVersionUID = 1L;

    public WrongCodeException(String message) {
      super(message);
    }
  }
}
