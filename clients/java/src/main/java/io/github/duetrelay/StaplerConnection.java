package io.github.duetrelay;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the other side through the stapler (docs/PROTOCOL.md, section 5): a byte stream each way. Its bytes cross the network
 * as they are, so encrypt them.
 */
public final class StaplerConnection implements Closeable {
  private static final int CONNECT_TIMEOUT_MS = 10_000;

  /** Longer than any answer line: {@code error}, a code and a short text. */
  private static final int ANSWER_MAX_BYTES = 512;

  private final Socket socket;
  private final InputStream input;

  private StaplerConnection(Socket socket) throws IOException {
    this.socket = socket;
    this.input = new BufferedInputStream(socket.getInputStream());
  }

  static StaplerConnection open(String host, int port, String hello, Duration patience) {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(host.replaceAll("^\\[|]$", ""), port), CONNECT_TIMEOUT_MS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) Math.max(1, Math.min(Integer.MAX_VALUE, patience.toMillis())));
      socket.getOutputStream().write((hello + "\n").getBytes(StandardCharsets.US_ASCII));
      StaplerConnection connection = new StaplerConnection(socket);
      connection.awaitStapled();
      socket.setSoTimeout(0);
      return connection;
    } catch (SocketTimeoutException late) {
      closeQuietly(socket);
      throw new ProblemException("timeout", "the other side did not come to the stapler", "Try again.", late);
    } catch (IOException failure) {
      closeQuietly(socket);
      throw unreachable("the stapler cannot be reached", failure);
    } catch (RuntimeException refused) {
      closeQuietly(socket);
      throw refused;
    }
  }

  /** What the other side sends. Its end is the end of what the other side has sent. */
  public InputStream input() {
    return input;
  }

  /** What goes to the other side. */
  public OutputStream output() throws IOException {
    return socket.getOutputStream();
  }

  /** Says that nothing more will be sent; the other direction stays open. */
  public void shutdownOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  private void awaitStapled() throws IOException {
    while (true) {
      String[] answer = readLine().split(" ", 3);
      switch (answer[0]) {
        case "waiting" -> {}
        case "stapled" -> {
          return;
        }
        case "error" ->
            throw new ProblemException(
                answer.length > 1 ? answer[1] : "failed",
                answer.length > 2 ? answer[2] : "the stapler refuses",
                "Ask the relay what has become of the channel.",
                null);
        default -> throw unreachable("what answers is not a stapler", null);
      }
    }
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next == -1) {
        throw unreachable("the stapler has closed the connection", null);
      }
      if (line.size() == ANSWER_MAX_BYTES) {
        throw unreachable("what answers is not a stapler", null);
      }
      line.write(next);
    }
    // A text from elsewhere: nothing in it may act on a terminal.
    return line.toString(StandardCharsets.US_ASCII).replaceAll("[^ -~]", "?");
  }

  private static ProblemException unreachable(String message, @Nullable Throwable cause) {
    return new ProblemException(
        ProblemException.STAPLER_UNREACHABLE, message, "Ask the operator of the relay.", cause);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException alreadyGone) {
      // Nothing is left to close.
    }
  }
}
