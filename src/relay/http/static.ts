import { DuetError, PROBLEMS } from "../../protocol/problem.js";
import type { RelayLogger } from "../log.js";
import { drain } from "./body.js";
import { MissingFileError, PackageFiles } from "./package-files.js";
import { type Exchange, sendEmpty } from "./respond.js";

/** Scripts, styles and data from this relay only; nothing in line. Swagger UI draws its icons from data: URLs. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>duet relay</title>
    <link rel="stylesheet" href="docs/swagger-ui.css" />
    <link rel="icon" href="data:," />
  </head>
  <body>
    <div id="docs"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/init.js"></script>
  </body>
</html>
`;

const INIT = `window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  validatorUrl: null,
  queryConfigEnabled: false,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
`;

interface Page {
  readonly type: string;
  readonly load: () => Promise<Buffer>;
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";
const text = (type: string, content: string): Page => ({ type, load: () => Promise.resolve(Buffer.from(content)) });

/** Read at the first request and kept, a megabyte and a half for those who open the page. */
function kept(type: string, read: () => Promise<Buffer>): Page {
  let content: Promise<Buffer> | undefined;
  const forget = (error: unknown): never => {
    // What is missing stays so; what could not be read may be read next time.
    if (!(error instanceof DuetError)) content = undefined;
    throw error;
  };
  return { type, load: () => (content ??= read().catch(forget)) };
}

const METHODS = "GET, HEAD, OPTIONS";
const REDIRECTS: ReadonlyMap<string, string> = new Map([
  ["/", "docs"],
  ["/docs/", "../docs"],
]);

/** Long enough for one sitting with Swagger UI. */
const CACHE_CONTROL = "public, max-age=3600";

/** How the pages are served. */
export interface StaticPagesOptions {
  /** Changes the served document; the committed one is served as it is without it. */
  readonly document?: (committed: string) => string;
  readonly logger?: RelayLogger | undefined;
  /** Those of this package without it. */
  readonly files?: PackageFiles;
}

/** The document, Swagger UI and the table of problems: everything that is not a step. */
export class StaticPages {
  readonly #pages: ReadonlyMap<string, Page>;

  constructor({
    document = (committed) => committed,
    logger,
    files = new PackageFiles(import.meta.url),
  }: StaticPagesOptions = {}) {
    const json = (file: string): Page =>
      kept("application/json", () =>
        told(
          logger,
          files.read(file).then((bytes) => Buffer.from(document(bytes.toString()))),
        ),
      );
    const swagger = (file: string, type: string): Page => kept(type, () => told(logger, files.readSwagger(file)));
    const style = swagger("swagger-ui.css", CSS);
    const script = swagger("swagger-ui-bundle.js", SCRIPT);
    // Better no page than an empty one.
    const page = kept(HTML, () => Promise.all([style.load(), script.load()]).then(() => Buffer.from(PAGE)));
    this.#pages = new Map([
      ["/openapi.json", json("openapi/openapi.json")],
      ["/openapi-3.0.json", json("openapi/openapi-3.0.json")],
      ["/problems", text("application/json", problemTable())],
      ["/docs", page],
      ["/docs/init.js", text(SCRIPT, INIT)],
      ["/docs/swagger-ui.css", style],
      ["/docs/swagger-ui-bundle.js", script],
    ]);
  }

  /** @throws DuetError `method_not_allowed`, `unknown_route` */
  async serve(exchange: Exchange): Promise<void> {
    const { request, response, headers, path } = exchange;
    const location = REDIRECTS.get(path);
    const page = this.#pages.get(path);
    if (location === undefined && page === undefined) throw new DuetError("unknown_route");
    if (request.method !== "GET" && request.method !== "HEAD") {
      headers["Allow"] = METHODS;
      if (request.method !== "OPTIONS") throw new DuetError("method_not_allowed", { extensions: { allow: METHODS } });
      sendEmpty(exchange, 204);
      return;
    }
    if (page === undefined) {
      headers["Location"] = location;
      sendEmpty(exchange, 308);
      return;
    }
    const content = await page.load();
    response.writeHead(200, {
      ...headers,
      "Content-Type": page.type,
      "Content-Length": content.length,
      "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      // To the relay itself: where a browser says nothing else, this tells its own page from those of others.
      "Referrer-Policy": "same-origin",
      "Cache-Control": CACHE_CONTROL,
    });
    drain(request);
    response.end(content);
  }
}

/** @throws DuetError `unknown_route` for a missing file, once it is logged */
async function told(logger: RelayLogger | undefined, reading: Promise<Buffer>): Promise<Buffer> {
  return reading.catch((error: unknown) => {
    if (!(error instanceof MissingFileError)) throw error;
    logger?.error({ err: error }, "a page cannot be served");
    throw new DuetError("unknown_route", {
      message: "this relay was installed without this page",
      hint: "Everything else works. Its operator finds the reason in the log.",
      cause: error,
    });
  });
}

/** What `type` of a problem points to. */
function problemTable(): string {
  const answered = Object.entries(PROBLEMS).filter(([, problem]) => "status" in problem);
  const table = answered.map(([code, { exit: _ofTheCommandLine, ...told }]) => ({ code, ...told }));
  return `${JSON.stringify(table, undefined, 2)}\n`;
}
