/** Prints the two documents of the router as it is on disk now: `{ "openapi.json": text, "openapi-3.0.json": text }`. */
import { documentText } from "../../src/relay/openapi/build.js";

console.log(JSON.stringify({ "openapi.json": documentText("3.1.0"), "openapi-3.0.json": documentText("3.0.3") }));
