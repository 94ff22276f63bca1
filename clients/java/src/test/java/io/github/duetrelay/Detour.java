package io.github.duetrelay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;

/** A way to a relay that comes out of another loopback address, or loses its first connections. */
final class Detour implements AutoCloseable {
  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final InetSocketAddress relay;
  private final InetAddress from;
  private final AtomicInteger toLose;

  /**
   * @param from the address that the relay sees
   * @param losses how many connections are closed as soon as something is asked on them
   */
  Detour(URI relay, String from, int losses) throws IOException {
    this.relay = new InetSocketAddress(relay.getHost(), relay.getPort());
    this.from = InetAddress.getByName(from);
    this.toLose = new AtomicInteger(losses);
    inBackground(this::accept);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private void accept() throws IOException {
    while (!server.isClosed()) {
      Socket here = server.accept();
      inBackground(() -> carry(here));
    }
  }

  private void carry(Socket here) throws IOException {
    try (here) {
      if (toLose.getAndDecrement() > 0) {
        here.getInputStream().read();
        return;
      }
      try (Socket there = new Socket(relay.getAddress(), relay.getPort(), from, 0)) {
        Thread answers = inBackground(() -> copy(there.getInputStream(), here.getOutputStream()));
        copy(here.getInputStream(), there.getOutputStream());
        there.shutdownOutput();
        answers.join();
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void copy(InputStream input, OutputStream output) throws IOException {
    input.transferTo(output);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static Thread inBackground(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException over) {
                // One of the two sides has gone: so does the other.
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
