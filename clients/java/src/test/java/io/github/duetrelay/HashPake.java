package io.github.duetrelay;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Stands in for a key agreement in tests: it has the form of one, and not its strength. Whoever sees x and y can try all words; never
 * use it for anything else.
 */
final class HashPake implements Pake {
  /** No suite of the protocol, so relays pass it on unchecked and peers refuse it. */
  static final String CURVE = "test-hash";

  private final String words;

  HashPake(String words) {
    this.words = words;
  }

  @Override
  public SenderRun startSender(String channel) {
    String x = nonce();
    return new SenderRun() {
      @Override
      public String x() {
        return x;
      }

      @Override
      public String curve() {
        return CURVE;
      }

      @Override
      public SessionKey finish(String y, String hhK) throws WrongCodeException {
        Key key = new Key(hash(words, channel, x, y));
        same(key.hhK(), hhK);
        return key;
      }
    };
  }

  @Override
  public RecipientRun startRecipient(String channel, String curve, String x) throws WrongCodeException {
    if (!curve.equals(CURVE)) {
      throw new WrongCodeException("the suite " + curve + " is not known here");
    }
    String y = nonce();
    Key key = new Key(hash(words, channel, x, y));
    return new RecipientRun() {
      @Override
      public String y() {
        return y;
      }

      @Override
      public String hhK() {
        return key.hhK();
      }

      @Override
      public SessionKey confirm(String hK) throws WrongCodeException {
        same(key.hK(), hK);
        return key;
      }
    };
  }

  private record Key(byte[] key) implements SessionKey {
    @Override
    public String hK() {
      return text(hash("h_k", text(key)));
    }

    String hhK() {
      return text(hash("hh_k", hK()));
    }

    @Override
    public String toString() {
      return "[secret]";
    }
  }

  private static void same(String ours, String theirs) throws WrongCodeException {
    if (!MessageDigest.isEqual(ours.getBytes(StandardCharsets.US_ASCII), theirs.getBytes(StandardCharsets.US_ASCII))) {
      throw new WrongCodeException("the words are not the same");
    }
  }

  private static String nonce() {
    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    return text(bytes);
  }

  private static byte[] hash(String... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        digest.update((part.length() + ":" + part).getBytes(StandardCharsets.UTF_8));
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String text(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
