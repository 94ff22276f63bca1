import { type DuetServer, type ServerOptions, startServer } from "./start-server.js";

/**
 * A whole relay with its stapler for other people's tests: on free ports of loopback, nothing on disk, nothing
 * printed and no rate limit.
 *
 * @param options what the test wants otherwise
 * @example
 * test("sends", async () => {
 *   await using relay = await createTestRelay();
 *   await mySend(relay.url);
 * });
 */
export function createTestRelay(options: Partial<ServerOptions> = {}): Promise<DuetServer> {
  return startServer({ version: "0.0.0-test", rateLimit: "off", maxOpenPerAddress: Infinity, ...options });
}
