import type { Admission } from "../../../src/stapler/admission.js";
import { createStapler } from "../../../src/stapler/server.js";

/**
 * The stapler as a process of its own, with everything but a relay behind it: the hello lines are real, the answer to
 * them is always yes. Prints `port N`.
 */
const everyone: Admission = {
  admit: async ({ channel }) => ({ channel, round: 1 }),
  stapled: async () => {},
  ended: async () => {},
  // Nothing is ever released. Ends at once: the stapler does not mind.
  releases: () => ReadableStream.from([]),
};

const NO_LIMIT = { connectionsPerAddress: Infinity, unadmittedPerAddress: Infinity, unadmitted: Infinity };

const implementation = process.argv[2] === "public" ? "public" : "auto";
const stapler = await createStapler({ host: "127.0.0.1", port: 0, admission: everyone, limits: NO_LIMIT, implementation });
console.log(`port ${stapler.port}`);
