import * as procedures from "./generated/procedures.js";
import { t } from "./trpc.js";

/**
 * Every step of the exchange, once: REST, tRPC, the document and all clients follow from it. The list of what is in
 * `procedures/` is generated, so a step is one file.
 */
export const publicRouter = t.router({ ...procedures });

/** For `createTRPCClient<PublicRouter>`. */
export type PublicRouter = typeof publicRouter;
