/** Projects of users who have installed the package that `npm pack` makes. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROJECTS = fileURLToPath(new URL("projects/", import.meta.url));
const TSC = path.join(ROOT, "node_modules/typescript/bin/tsc");
/** A busy machine compiles for some seconds. */
const TIMEOUT_MS = 100_000;

const execute = promisify(execFile);

export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** A folder with one of the projects here, in whose `node_modules` are the packed package and what it declares. */
export class FreshProject implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Without a network: what the package depends on is linked from our own `node_modules`. A package that it does not
   * declare is not there, and neither is a file that it does not pack.
   */
  static async of(project: "browser" | "node"): Promise<FreshProject> {
    const folder = await mkdtemp(path.join(tmpdir(), "duet-fresh-project-"));
    const fresh = new FreshProject(folder);
    await cp(path.join(PROJECTS, project), folder, { recursive: true });
    await cp(path.join(PROJECTS, "package.json"), path.join(folder, "package.json"));
    const modules = path.join(folder, "node_modules");
    const installed = path.join(modules, "duet-relay");
    await mkdir(installed, { recursive: true });
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const { stdout } = await execute("npm", pack, { cwd: ROOT, timeout: TIMEOUT_MS });
    const [{ filename = "" } = {}] = JSON.parse(stdout) as readonly { readonly filename?: string }[];
    await execute("tar", ["-xzf", path.join(folder, filename), "-C", installed, "--strip-components=1"]);
    const { dependencies } = JSON.parse(await readFile(path.join(installed, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const name of [...Object.keys(dependencies), ...(project === "node" ? ["@types/node"] : [])]) {
      const link = path.join(modules, name);
      await mkdir(path.dirname(link), { recursive: true });
      await symlink(path.join(ROOT, "node_modules", name), link);
    }
    return fresh;
  }

  /** Compiles the project with the settings of its own. */
  compile(): Promise<Ended> {
    return this.#run(TSC, ["-p", "."]);
  }

  /** Runs a file of it. */
  node(file: string): Promise<Ended> {
    return this.#run(path.join(this.folder, file), []);
  }

  /** Builds `dist/` of the installed package anew, from other sources. */
  async rebuild(source: string): Promise<Ended> {
    return this.#run(TSC, [
      ...["-p", path.join(source, "tsconfig.build.json")],
      ...["--outDir", path.join(this.folder, "node_modules/duet-relay/dist")],
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  #run(program: string, args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [program, ...args],
        { cwd: this.folder, timeout: TIMEOUT_MS },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code;
          resolve({ code: typeof code === "number" ? code : -1, output: stdout + stderr });
        },
      );
    });
  }
}
