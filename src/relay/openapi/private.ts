import { z } from "zod";

const operation = z.looseObject({ security: z.array(z.record(z.string(), z.array(z.string()))).optional() });
const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.unknown()) }),
});

/** The scheme's name in the document; the header's is fixed. */
const SCHEME = "accessToken";

/**
 * The document of a private relay: the same, and the Authorize button of Swagger UI also takes the access token.
 *
 * @param committed the document as text
 */
export function withAccessToken(committed: string): string {
  const parsed = document.parse(JSON.parse(committed));
  parsed.components.securitySchemes[SCHEME] = {
    type: "apiKey",
    in: "header",
    name: "X-Duet-Access-Token",
    description: "What the operator of this private relay gave you.",
  };
  for (const methods of Object.values(parsed.paths)) {
    for (const each of Object.values(methods)) {
      each.security = each.security?.map((requirement) => ({ ...requirement, [SCHEME]: [] }));
    }
  }
  return JSON.stringify(parsed, undefined, 2);
}
