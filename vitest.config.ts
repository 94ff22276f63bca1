import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "node",
    include: ["test/**/*.test.ts"],
    // A whole transfer between real processes takes 1 to 3 s on two shared cores.
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // Processes, not threads: tests open sockets and send signals. Two, because most tests start processes themselves.
    pool: "forks",
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      // The parts whose every branch a stranger can reach from the network.
      include: ["src/{protocol,channel,relay,stapler}/**/*.ts"],
      reporter: ["text", "html", "json-summary"],
      thresholds: { branches: 95 },
    },
  },
});
