package io.github.duetrelay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A relay for the tests: the one that {@code RELAY} names, or else the built one of this checkout, started once for all and ended with
 * them. A test takes it as an argument.
 */
public final class TestRelay implements ParameterResolver {
  private static final Path COMMAND = Path.of("..", "..", "dist", "cli", "main.js");

  /** Where the relay is. */
  public record Address(URI url) {}

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Address.class;
  }

  @Override
  public Address resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(TestRelay.class))
        .getOrComputeIfAbsent("relay", key -> Running.find(), Running.class)
        .address;
  }

  /** Closed by JUnit at the end of the run. */
  private record Running(Address address, Process process) implements AutoCloseable {
    static Running find() {
      String given = System.getenv("RELAY");
      return given == null || given.isEmpty() ? start() : new Running(new Address(URI.create(given)), null);
    }

    private static Running start() {
      if (!Files.exists(COMMAND)) {
        throw new IllegalStateException("there is no built relay: run `npm ci` in the root of the repository, or set RELAY");
      }
      try {
        Process process =
            new ProcessBuilder(
                    "node", COMMAND.toString(), "relay", "--json", "--port", "0", "--stapler-port", "0", "--rate-limit", "off")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String first = lines.readLine();
        if (first == null) {
          throw new IllegalStateException("the relay has ended at once");
        }
        JsonNode listening = new ObjectMapper().readTree(first);
        return new Running(new Address(URI.create(listening.get("http").asText())), process);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    @Override
    public void close() {
      if (process != null) {
        process.destroy();
      }
    }
  }
}
