/** The relay that the tests talk to: the one that RELAY names, or the built one of this checkout, started here. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** From dist/test. */
const MAIN = fileURLToPath(new URL("../../../../dist/cli/main.js", import.meta.url));

/** @returns the address of a relay that runs until the tests of this file are over */
export async function relayUrl(): Promise<string> {
  const given = process.env["RELAY"];
  if (given !== undefined && given !== "") return given;
  const args = [MAIN, "relay", "--port", "0", "--stapler-port", "0", "--rate-limit", "off", "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  after(() => void child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, http } = JSON.parse(line) as { readonly event: string; readonly http?: string };
    if (event === "listening" && http !== undefined) return http;
  }
  return assert.fail("the relay did not start: is the checkout built? npm ci in its root builds it");
}

/** A `fetch` from another address of this machine. */
export function fetchFrom(localAddress: string): (request: Request) => Promise<Response> {
  return async ({ url, method, headers, body, signal }) => {
    const sent = body === null ? undefined : Buffer.from(await new Response(body).arrayBuffer());
    return new Promise((resolve, reject) => {
      const call = request(
        url,
        { method, headers: Object.fromEntries(headers), localAddress, signal, agent: false },
        (answer) => {
          const parts: Buffer[] = [];
          answer
            .on("data", (part: Buffer) => parts.push(part))
            .on("error", reject)
            .on("end", () => {
              const { statusCode: status = 0, headers: received } = answer;
              const type = { "content-type": received["content-type"] ?? "" };
              resolve(new Response(Buffer.concat(parts), { status, headers: type }));
            });
        },
      );
      call.on("error", reject).end(sent);
    });
  };
}
