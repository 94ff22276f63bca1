import { existsSync } from "node:fs";
import { chromium, type Page } from "playwright-core";
import { describe, expect, onTestFinished, test } from "vitest";
import { startRelay } from "./support.js";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe("the page at /docs", () => {
  test("has a policy that lets nothing in from elsewhere, and nothing in line", async () => {
    const peer = (await startRelay()).at("127.0.0.1");
    const page = await peer.get("/docs");
    expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
    expect(page.headers["content-security-policy"]).not.toContain("unsafe");
    expect(page.headers["x-content-type-options"]).toBe("nosniff");
    expect(page.text).not.toMatch(/<script>|<style|style=|https?:/);
    // So that its GETs, which bring no Origin, say over plain HTTP that they are the relay's own.
    expect(page.headers["referrer-policy"]).toBe("same-origin");
    const linked = [...page.text.matchAll(/(?:href|src)="(?!data:)([^"]+)"/g)].map(([, path = ""]) => `/${path}`);
    expect(linked).toHaveLength(3);
    for (const path of linked) {
      expect((await peer.get(path)).status, path).toBe(200);
    }
    for (const [from, to] of [
      ["/", "docs"],
      ["/docs/", "../docs"],
    ] as const) {
      expect(await peer.get(from)).toMatchObject({ status: 308, headers: { location: to } });
    }
    expect((await peer.get("/docs/package.json")).status).toBe(404);
  });

  test.skipIf(!existsSync(CHROMIUM))(
    "lets a person try the first two steps out (needs chromium)",
    { timeout: 60_000 },
    async () => {
      const { relay } = await startRelay();
      const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
      onTestFinished(() => browser.close());
      const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
      const complaints: string[] = [];
      const hosts = new Set<string>();
      page.on("console", (message) => void (message.type() === "error" && complaints.push(message.text())));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on(
        "request",
        (request) => void (request.url().startsWith("data:") || hosts.add(new URL(request.url()).origin)),
      );
      await page.goto(`${relay.url}/docs`);

      const opened = await tryOut(page, "openChannel", '{"role":"sender","channel":"4821"}');
      expect(opened).toMatchObject({ channel: "4821", success: true, message: "got channel" });
      // By its address, as the seed has it: the page is the relay's own.
      expect(await tryOut(page, "postToChannel", '{"x":"the-x","curve":"p557"}')).toEqual({
        success: true,
        message: "updated x, curve",
      });
      const screenshot = process.env["DUET_TEST_SCREENSHOT"];
      if (screenshot !== undefined) await page.screenshot({ path: screenshot });

      // From the Authorize button on, by the uuid.
      await page.click(".auth-wrapper button.authorize");
      await page.fill(".modal-ux input", String(opened["uuid"]));
      await page.click(".modal-ux button.authorize");
      await page.click(".modal-ux button.btn-done");
      expect(await tryOut(page, "isReady", undefined)).toEqual({ ready: false, success: true, message: "not ready" });

      expect(complaints).toEqual([]);
      expect([...hosts]).toEqual([relay.url]);
    },
  );
});

/** Opens an operation, fills in its body and sends it. */
async function tryOut(page: Page, operationId: string, body: string | undefined): Promise<Record<string, unknown>> {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  await block.locator(".opblock-summary-control").click();
  await block.locator("button.try-out__btn").click();
  if (body !== undefined) await block.locator("textarea.body-param__text").fill(body);
  const answered = page.waitForResponse((response) => response.request().method() !== "OPTIONS");
  await block.locator("button.execute").click();
  const shown = await (await answered).text();
  await block.locator(".live-responses-table .highlight-code").first().waitFor();
  return JSON.parse(shown) as Record<string, unknown>;
}
