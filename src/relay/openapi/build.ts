import { generateOpenApiDocument } from "trpc-openapi";
import { publicRouter } from "../router.js";
import type { StepMeta } from "../trpc.js";
import { finish, type OperationFacts } from "./finish.js";
import type { JsonObject } from "./json.js";
import { tidySchemas, withoutBooleanEnums } from "./tidy.js";

/** Of the interface, not of the package: it goes up when the routes or their fields change. */
const API_VERSION = "1.0.0";

const description = `A relay introduces two computers that share a code, by an exchange of eighteen steps. It never learns their key.

**Who is calling.** Send the uuid of your side as \`Authorization: Bearer <uuid>\`, or as \`uuid\` in a body. Without it you are known by your address, unless this relay wants a uuid or your side has used the Bearer form before.

**Two addresses.** A channel takes two addresses; a third is refused on every route.

**Waiting.** Where the answer may be \`not_yet\`, \`?wait=30\` waits for the other side.

**Errors** are problem details (RFC 9457) with a stable \`code\`; \`/problems\` lists them.`;

const tags = [
  { name: "channel", description: "What both sides call." },
  { name: "sender", description: "What the sender calls." },
  { name: "recipient", description: "What the recipient calls." },
  { name: "relay", description: "What the relay says of itself." },
];

/**
 * The published document. Loads the generator, which the running relay does not: it serves the committed file.
 *
 * @param version `3.1.0` is the document; `3.0.3` is its twin for generators that read no 3.1
 */
function buildDocument(version: "3.1.0" | "3.0.3"): JsonObject {
  const generated: unknown = generateOpenApiDocument(publicRouter, {
    title: "duet relay",
    description,
    version: API_VERSION,
    baseUrl: "/",
    openApiVersion: version,
    securitySchemes: {
      bearer: { type: "http", scheme: "bearer", description: "The uuid of your side of the channel." },
    },
    license: { name: "MIT", url: "https://opensource.org/license/mit" },
  });
  // To text and back: the generator's own objects have undefined members.
  const raw = JSON.parse(JSON.stringify(generated)) as JsonObject;
  const document = finish({ ...tidySchemas(raw), tags }, factsOf);
  return version === "3.1.0" ? document : withoutBooleanEnums(document);
}

/** As it is committed: two spaces, a line feed at the end. */
export function documentText(version: "3.1.0" | "3.0.3"): string {
  return `${JSON.stringify(buildDocument(version), undefined, 2)}\n`;
}

function factsOf(operationId: string): OperationFacts {
  const procedures: Readonly<Record<string, { readonly _def: object }>> = publicRouter._def.procedures;
  // tRPC does not tell the type of meta; it is as `trpc.ts` makes it.
  const { meta } = { ...procedures[operationId]?._def } as { readonly meta?: StepMeta };
  return { problems: [], ...meta, isGuarded: meta?.openapi?.protect !== false };
}
