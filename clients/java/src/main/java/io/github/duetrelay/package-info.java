/** A client of duet's relay: the exchange as either side, with the key agreement behind {@link io.github.duetrelay.Pake}. */
@NullMarked
package io.github.duetrelay;

import org.jspecify.annotations.NullMarked;
