package io.github.duetrelay;

/** The two sides of a channel. */
public enum Role {
  SENDER,
  RECIPIENT;

  /** As the protocol spells it. */
  String wire() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
