/** One direction of imports, and no hidden input or output: the layout that CONTRIBUTING.md draws. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** What a folder of `src/` may import at run time, and of which folders only the types. */
interface Reach {
  readonly uses: readonly string[];
  readonly types?: readonly string[];
}

/** The files directly in `src/`: what a library's user imports. */
const ENTRY = ".";

const REACH: Readonly<Record<string, Reach>> = {
  protocol: { uses: [] },
  channel: { uses: ["protocol"] },
  relay: { uses: ["channel", "protocol"] },
  stapler: { uses: ["protocol"], types: ["relay"] },
  server: { uses: ["relay", "stapler", "channel", "protocol"] },
  client: { uses: ["protocol"], types: ["relay"] },
  transfer: { uses: ["client", "protocol"] },
  cli: { uses: ["server", "transfer", "client", "protocol"] },
  [ENTRY]: { uses: ["transfer", "client", "protocol"], types: ["relay"] },
};

/** The folders of `transfer/` that each of its folders may import. What is directly in it imports none of them, but the index. */
const TRANSFER_REACH: Readonly<Record<string, readonly string[]>> = {
  lists: [],
  disk: ["lists"],
  journal: ["disk", "lists"],
  connection: [],
  sending: ["connection", "disk", "lists"],
  receiving: ["connection", "journal", "disk", "lists"],
  [ENTRY]: [],
};

/**
 * Files that other folders may import past an `index.ts`, each with the reason. Everything else of a folder that has an
 * `index.ts` is private to it.
 */
const OPEN_FILES: Readonly<Record<string, string>> = {
  "protocol/address.ts": "relay and stapler count addresses in one form, without loading a curve; no import",
  "protocol/names.ts": "branded names, used everywhere; no import, so it costs nothing at start-up",
  "protocol/problem.ts": "the table of errors, used everywhere; no import",
  "protocol/secret.ts": "used everywhere; no import",
  "protocol/suite-names.ts": "the relay and --help name the suites without loading a curve",
  "protocol/h-k.ts": "the relay compares h_k with hh_k without loading a curve",
  "protocol/hello-line.ts": "the stapler reads it without loading a curve",
  "protocol/linked-signal.ts": "the relay and the client share it without loading a curve; no import",
  "protocol/unsafe-text.ts": "every text on a terminal goes through it, also before a curve is loaded; no import",
  "relay/router.ts": "the type of the public router, for typed clients",
  "relay/internal/router.ts": "the type of the internal router, for staplers",
};

/** The packages that `protocol/` may use: it must run in a browser too. */
const PURE_PACKAGES = /^(@noble\/|@scure\/bip39(\/|$))/;

/** What only `cli/` may touch: a library neither prints nor exits, and takes what it needs as arguments. */
const ONLY_IN_CLI: readonly RegExp[] = [
  /\bprocess\s*\.\s*(?:exit|exitCode|chdir|stdin|stdout|stderr|env|argv)\b/,
  /\bconsole\s*\.\s*\w+/,
  /["']node:process["']/,
];

/** What no browser has, but for files that only look whether it is there. */
const ONLY_IN_NODE = /\b(?:Buffer|process|__dirname|__filename|NodeJS|setImmediate|require)\b/;

const LOOKS_FOR_NODE: Readonly<Record<string, string>> = {
  "protocol/hashes.ts": "takes the hashes of the platform, and has others for where there are none",
};

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

const STRING_OR_COMMENT = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const STATIC_IMPORT = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w*{][^;"'`]*?\bfrom\s*)?["']([^"'\n]+)["']/gm;
const DYNAMIC_IMPORT = /\bimport\s*\(\s*(?:["'`]([^"'`$]+)["'`]\s*\)|[^)]*\))/g;

const withoutComments = (source: string): string =>
  source.replaceAll(STRING_OR_COMMENT, (_match, text?: string) => text ?? " ");
const withoutStrings = (code: string): string =>
  code.replaceAll(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (text) => (text.includes("node:") ? text : '""'));

/** @returns every import of a file; a dynamic one that is no plain text has the specifier `import(…)` */
function importsOf(code: string): Import[] {
  const fixed = [...code.matchAll(STATIC_IMPORT)].map(([, type, specifier]) => ({
    specifier: specifier ?? "",
    typeOnly: type !== undefined,
  }));
  const dynamic = [...code.matchAll(DYNAMIC_IMPORT)].map(([, specifier]) => ({
    specifier: specifier ?? "import(…)",
    typeOnly: false,
  }));
  return [...fixed, ...dynamic];
}

/** @returns the folder of `src/` that a file is in, by its path from `src/` */
const folderOf = (file: string): string => (file.includes("/") ? (file.split("/")[0] ?? ENTRY) : ENTRY);

/**
 * @param file its path from `src/`, with slashes
 * @param folders the folders that have an `index.ts`
 * @returns what the file does against the rules, one text each
 */
function violationsOf(file: string, source: string, folders: ReadonlySet<string>): string[] {
  const folder = folderOf(file);
  const reach = REACH[folder];
  if (reach === undefined) return [`${file}: the folder ${folder} has no rule in test/architecture.test.ts`];

  const code = withoutComments(source);
  const found = importsOf(code).flatMap((imported) => importViolation(file, imported, reach, folders) ?? []);
  const words = withoutStrings(code);
  if (folder !== "cli") found.push(...ONLY_IN_CLI.flatMap((pattern) => pattern.exec(words)?.[0] ?? []));
  if (folder === "protocol" && !(file in LOOKS_FOR_NODE)) found.push(...(ONLY_IN_NODE.exec(words) ?? []));
  return found.map((what) => `${file}: ${what}`);
}

function importViolation(
  file: string,
  { specifier, typeOnly }: Import,
  reach: Reach,
  folders: ReadonlySet<string>,
): string | undefined {
  const folder = folderOf(file);
  if (!specifier.startsWith(".")) {
    if (specifier === "import(…)") return "an import() of something that is not a plain text";
    return folder === "protocol" && !PURE_PACKAGES.test(specifier) ? `imports ${specifier}` : undefined;
  }
  const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts");
  if (target.startsWith("..")) return `imports ${specifier}, outside of src`;
  const other = folderOf(target);
  if (other === folder) return undefined;
  if (!reach.uses.includes(other)) {
    if (!(reach.types ?? []).includes(other)) return `imports ${target}: ${folder} may not use ${other}`;
    if (!typeOnly) return `imports ${target}: ${folder} may only \`import type\` from ${other}`;
  }
  const isPrivate = folders.has(other) && target !== `${other}/index.ts` && !(target in OPEN_FILES);
  return isPrivate ? `imports ${target}, which is private: use ${other}/index.ts` : undefined;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(path.sep).join("/"))
  .filter((file) => file.endsWith(".ts"));
const withIndex = new Set(files.filter((file) => /^[^/]+\/index\.ts$/.test(file)).map(folderOf));

test("every file of src keeps to the direction of imports, and only cli reads or writes the process", () => {
  expect(files.length).toBeGreaterThan(0);
  const found = files.flatMap((file) => violationsOf(file, readFileSync(path.join(SRC, file), "utf8"), withIndex));
  expect(found).toEqual([]);
});

test("the folders of transfer keep to a direction among themselves", () => {
  const index = "transfer/index.ts";
  const found = files.flatMap((file) => {
    if (!file.startsWith("transfer/") || file === index) return [];
    const room = folderOf(file.slice("transfer/".length));
    return importsOf(withoutComments(readFileSync(path.join(SRC, file), "utf8"))).flatMap(({ specifier }) => {
      const target = path.posix.join(path.posix.dirname(file), specifier).replace(/\.js$/, ".ts");
      if (!specifier.startsWith(".") || !target.startsWith("transfer/")) return [];
      const other = folderOf(target.slice("transfer/".length));
      const isAllowed = other === room || other === ENTRY || TRANSFER_REACH[room]?.includes(other) === true;
      return isAllowed && target !== index ? [] : [`${file} imports ${target}`];
    });
  });
  expect(found).toEqual([]);
});

test("only client/node knows Node: what is beside it runs in a browser", () => {
  const portable = files.filter((file) => path.posix.dirname(file) === "client" && file !== "client/index.ts");
  expect(portable.length).toBeGreaterThan(0);
  const found = portable.flatMap((file) => {
    const code = withoutComments(readFileSync(path.join(SRC, file), "utf8"));
    const imports = importsOf(code).flatMap(({ specifier }) =>
      /^node:|^\.\/node\//.test(specifier) ? [specifier] : [],
    );
    return [...imports, ...(ONLY_IN_NODE.exec(withoutStrings(code)) ?? [])].map((what) => `${file}: ${what}`);
  });
  expect(found).toEqual([]);
});

test("every file that is open past its folder's index is there", () => {
  expect(Object.keys(OPEN_FILES).filter((file) => !existsSync(path.join(SRC, file)))).toEqual([]);
});

describe("the rules themselves", () => {
  const indexed = new Set(["protocol", "relay", "server"]);

  test.each([
    ["relay from client", "client/a.ts", 'import { x } from "../relay/router.js";'],
    ["a type among values", "client/a.ts", 'import { type X } from "../relay/router.js";'],
    ["an export of another folder", "channel/a.ts", 'export * from "../relay/router.js";'],
    ["an import of many lines", "channel/a.ts", 'import {\n  a,\n  b,\n} from "../relay/router.js";'],
    ["an import for its effect", "channel/a.ts", 'import "../relay/router.js";'],
    ["a dynamic import", "channel/a.ts", 'const a = await import("../relay/router.js");'],
    ["a dynamic import of something computed", "client/a.ts", "await import(`../${name}.js`);"],
    ["even a type of a folder above", "relay/a.ts", 'import type { X } from "../server/index.js";'],
    ["cli past the server", "cli/a.ts", 'import { createRelay } from "../relay/index.js";'],
    ["a private file of a folder with an index", "client/a.ts", 'import { lv } from "../protocol/lv.js";'],
    ["a file outside of src", "cli/a.ts", 'import p from "../../package.json";'],
    ["Node in protocol", "protocol/a.ts", 'import { createHash } from "node:crypto";'],
    ["another package in protocol", "protocol/a.ts", 'import { z } from "zod";'],
    ["a global of Node in protocol", "protocol/a.ts", "Buffer.from(text);"],
    ["an exit", "transfer/a.ts", "process.exit(1);"],
    ["a change of folder", "relay/a.ts", "process.chdir(home);"],
    ["a line of output", "server/a.ts", "console.log(url);"],
    ["standard error", "relay/a.ts", "process.stderr.write(text);"],
    ["the environment", "server/a.ts", 'const token = process.env["TOKEN"];'],
    ["the arguments", "stapler/a.ts", "process.argv.slice(2);"],
    ["the process by import", "stapler/a.ts", 'import { argv } from "node:process";'],
    ["a folder without a rule", "extra/a.ts", ""],
  ])("refuse %s", (_what, file, source) => {
    expect(violationsOf(file, source, indexed)).toHaveLength(1);
  });

  test.each([
    ["a folder's index", "client/a.ts", 'import { lv } from "../protocol/index.js";'],
    ["an open file", "relay/a.ts", 'import { PROBLEMS } from "../protocol/problem.js";'],
    ["the type of the router", "client/a.ts", 'import type { PublicRouter } from "../relay/router.js";'],
    ["a file of a folder without an index", "relay/a.ts", 'import { postX } from "../channel/rounds.js";'],
    ["the same folder", "relay/procedures/open.ts", 'import { t } from "../trpc.js";'],
    ["Node outside of protocol", "client/a.ts", 'import net from "node:net";'],
    [
      "noble and the word list in protocol",
      "protocol/a.ts",
      'await import("@noble/curves/nist.js");\nimport { wordlist } from "@scure/bip39/wordlists/english.js";',
    ],
    [
      "a comment",
      "protocol/a.ts",
      '/* import "zod"; process.exit() */ // console.log(Buffer)\nexport const url = "https://a//b";',
    ],
    ["a text", "relay/a.ts", 'const hint = "read process.env or console.log";'],
    ["the process in cli", "cli/a.ts", "process.exitCode = 1;\nconsole.error(process.env);"],
  ])("allow %s", (_what, file, source) => {
    expect(violationsOf(file, source, indexed)).toEqual([]);
  });
});
