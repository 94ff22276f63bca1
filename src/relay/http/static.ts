import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuetError, PROBLEMS } from "../../protocol/problem.js";
import { drain } from "./body.js";
import { type Exchange, sendEmpty } from "./respond.js";

/** From here: `src/relay/http` and `dist/relay/http` lie equally deep. */
const PACKAGE = new URL("../../../", import.meta.url);

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
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png" />
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
const SCRIPT = "text/javascript; charset=utf-8";
const text = (type: string, content: string): Page => ({ type, load: () => Promise.resolve(Buffer.from(content)) });
/** Read at the first request and kept, a megabyte and a half for those who open the page. */
const kept = (type: string, read: () => Promise<Buffer>): Page => {
  let content: Promise<Buffer> | undefined;
  return { type, load: () => (content ??= read()) };
};
const packaged = (file: string): Promise<Buffer> => readFile(fileURLToPath(new URL(file, PACKAGE)));

/** The files of swagger-ui-dist, found without its entry, which takes 200 ms to load. */
const swagger = (file: string, type: string): Page =>
  kept(type, () =>
    readFile(join(dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json")), file)),
  );

const METHODS = "GET, HEAD, OPTIONS";
const REDIRECTS: ReadonlyMap<string, string> = new Map([
  ["/", "docs"],
  ["/docs/", "../docs"],
]);

/** Long enough for one sitting with Swagger UI. */
const CACHE_CONTROL = "public, max-age=3600";

/**
 * The document, Swagger UI and the table of problems: everything that is not a step.
 *
 * @param document changes the served document; the committed one is served as it is without it
 */
export class StaticPages {
  readonly #pages: ReadonlyMap<string, Page>;

  constructor(document: (committed: string) => string = (committed) => committed) {
    const json = (file: string): Page =>
      kept("application/json", async () => Buffer.from(document((await packaged(file)).toString())));
    this.#pages = new Map([
      ["/openapi.json", json("openapi/openapi.json")],
      ["/openapi-3.0.json", json("openapi/openapi-3.0.json")],
      ["/problems", text("application/json", problemTable())],
      ["/docs", text(HTML, PAGE)],
      ["/docs/init.js", text(SCRIPT, INIT)],
      ["/docs/swagger-ui.css", swagger("swagger-ui.css", "text/css; charset=utf-8")],
      ["/docs/swagger-ui-bundle.js", swagger("swagger-ui-bundle.js", SCRIPT)],
      ["/docs/favicon-32x32.png", swagger("favicon-32x32.png", "image/png")],
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
      "Cache-Control": CACHE_CONTROL,
    });
    drain(request);
    response.end(content);
  }
}

/** What `type` of a problem points to. */
function problemTable(): string {
  const answered = Object.entries(PROBLEMS).filter(([, problem]) => "status" in problem);
  const table = answered.map(([code, { exit: _ofTheCommandLine, ...told }]) => ({ code, ...told }));
  return `${JSON.stringify(table, undefined, 2)}\n`;
}
