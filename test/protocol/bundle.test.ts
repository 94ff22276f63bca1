/** `src/protocol` in a browser: no Node in it, and only as much of the libraries as a suite needs. */
import vm from "node:vm";
import { build, type Metafile } from "esbuild";
import { describe, expect, test } from "vitest";

const ENTRY = "src/protocol/index.ts";

async function bundled(): Promise<{ readonly code: string; readonly metafile: Metafile }> {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "duet",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return { code: result.outputFiles[0]?.text ?? "", metafile: result.metafile };
}

/** All files that are loaded with one, dynamic imports followed or not. */
function loadedWith({ inputs }: Metafile, entry: string, follow: readonly string[]): readonly string[] {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const each of inputs[file]?.imports ?? []) if (follow.includes(each.kind)) reached.add(each.path);
  }
  return [...reached];
}

describe("a browser's bundle", () => {
  test("imports nothing of Node, and no package but those named here", async () => {
    const { metafile } = await bundled();
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
    expect(imports.filter(({ path }) => path.startsWith("node:"))).toEqual([]);
    const packages = Object.keys(metafile.inputs).flatMap(
      (file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
    );
    expect([...new Set(packages)].toSorted()).toEqual(
      ["@noble/ciphers", "@noble/curves", "@noble/hashes", "@noble/post-quantum", "@scure/bip39"].toSorted(),
    );
  });

  test("runs with nothing but what every browser has", async () => {
    const { code } = await bundled();
    const browser = vm.createContext({ crypto: globalThis.crypto, TextEncoder, TextDecoder });
    vm.runInContext(code, browser);
    const shown: unknown = await vm.runInContext(
      `(async () => {
        const { channel, secret } = duet.parseCode("4821-cactus-lemon-violin");
        const aead = await duet.loadPortableAead();
        const shown = [];
        for (const curve of duet.SUITE_NAMES) {
          const sender = await duet.startSender({ channel, secret, curve });
          const recipient = await duet.startRecipient({ channel, secret, curve, x: sender.x });
          const session = sender.finish(recipient.y, recipient.hhK);
          const other = recipient.confirm(session.hK);
          const context = duet.sequence.contextOf(duet.sequence.NEW_SEQUENCE, "s2r");
          const random = (length) => crypto.getRandomValues(new Uint8Array(length));
          const options = { aead, chunk: session.chunk, context };
          const sealer = new duet.MessageSealer({ ...options, key: session.keys.s2r, type: "hello", random });
          const [length, ...sealed] = sealer.seal(new TextEncoder().encode("hello from " + curve));
          const opener = duet.MessageOpener.match({ ...options, key: other.keys.s2r, types: ["hello"], header: sealer.header });
          const chunk = Uint8Array.from(sealed.flatMap((part) => [...part]));
          shown.push(new TextDecoder().decode(opener.open(chunk).plaintext));
        }
        return shown.join();
      })()`,
      browser,
    );
    expect(shown).toBe(
      "ristretto255+mlkem768,ristretto255,p256+mlkem768,p256,p384,p521".replaceAll(
        /[^,]+/g,
        (curve) => `hello from ${curve}`,
      ),
    );
  });
});

describe("what is loaded when", () => {
  const HEAVY = /@noble\/(curves|post-quantum|ciphers)|noble\/hashes\/sha3/;

  test("no curve, no ML-KEM and no cipher before one is asked for", async () => {
    const { metafile } = await bundled();
    const early = loadedWith(metafile, ENTRY, ["import-statement"]);
    expect(early.filter((file) => HEAVY.test(file))).toEqual([]);
    const all = loadedWith(metafile, ENTRY, ["import-statement", "dynamic-import"]);
    expect(all.filter((file) => HEAVY.test(file)).length).toBeGreaterThan(5);
  });

  test("the relay's part loads hashes and nothing else", async () => {
    const { metafile } = await bundled();
    for (const file of ["src/protocol/h-k.ts", "src/protocol/suite-names.ts"]) {
      const loaded = loadedWith(metafile, file, ["import-statement", "dynamic-import"]);
      expect(loaded.filter((each) => /curves|post-quantum|ciphers|bip39/.test(each))).toEqual([]);
    }
  });

  test("each curve and ML-KEM come apart", async () => {
    const { metafile } = await bundled();
    const asked = (metafile.inputs["src/protocol/suites.ts"]?.imports ?? []).filter(
      ({ kind }) => kind === "dynamic-import",
    );
    const loads = (part: RegExp, without: RegExp): void => {
      const entry = asked.find(({ path }) => part.test(path))?.path ?? "";
      expect(entry).toMatch(part);
      expect(loadedWith(metafile, entry, ["import-statement"]).filter((file) => without.test(file))).toEqual([]);
    };
    loads(/curves\/ed25519/, /curves\/nist|curves\/abstract\/weierstrass|post-quantum/);
    loads(/curves\/nist/, /curves\/ed25519|post-quantum/);
    loads(/hybrid/, /curves\/(nist|ed25519)/);
  });
});
