package io.github.duetrelay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The example program, run as its comment says. */
@ExtendWith(TestRelay.class)
@Timeout(60)
final class ExampleTest {
  @Test
  void twoSides(TestRelay.Address relay) throws IOException, InterruptedException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(
                java, "-cp", System.getProperty("java.class.path"), "examples/TwoSides.java", relay.url().toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor(30, TimeUnit.SECONDS);
    assertEquals(
        "The relay is healthy.\nThe recipient heard: hello through the stapler\n", output.replace(System.lineSeparator(), "\n"));
  }
}
