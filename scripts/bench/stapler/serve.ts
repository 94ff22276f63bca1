import type { Admission } from "../../../src/stapler/admission.js";
import { createStapler } from "../../../src/stapler/server.js";

/** In place of a relay: lets everyone in at once, so that only the stapler is measured. */
const everyone: Admission = {
  admit: async ({ channel }) => ({ channel, round: 1 }),
  stapled: async () => {},
  ended: async () => {},
  // Nothing is ever released. Ends at once: the stapler does not mind.
  releases: () => ReadableStream.from([]),
};

/** All connections of a benchmark come from one address. */
const NO_LIMIT = { connectionsPerAddress: Infinity, unadmittedPerAddress: Infinity, unadmitted: Infinity };

/** The real stapler, with real hello lines, as the main thing of a process. Prints `port N`. */
export async function serveStapler(implementation: "auto" | "public"): Promise<void> {
  const where = { host: "127.0.0.1", port: 0 };
  const stapler = await createStapler({ ...where, admission: everyone, limits: NO_LIMIT, implementation });
  console.log(`port ${stapler.port}`);
}
