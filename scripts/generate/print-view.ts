/**
 * Prints what a generator of clients is given, for people who want to try one by hand:
 *
 *     node scripts/run.mjs scripts/generate/print-view.ts [python]
 */
import process from "node:process";
import { makeDocuments } from "./documents.js";

const { clientView, withoutSecurity } = await makeDocuments();
console.log(JSON.stringify(process.argv.includes("python") ? withoutSecurity : clientView, undefined, 2));
