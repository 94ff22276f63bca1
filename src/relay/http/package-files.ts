import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The package's own name, which tells its package.json from those above and below. */
const PACKAGE_NAME = "duet-relay";
const manifest = z.object({ name: z.string() });

/** A file that should have come with the package, and did not. */
export class MissingFileError extends Error {
  override readonly name = "MissingFileError";

  constructor(file: string, options?: ErrorOptions) {
    super(`${file} is missing: the package ${PACKAGE_NAME} is not complete`, options);
  }
}

/**
 * Files of the package, wherever in it the calling module is: in `src/`, in `dist/`, or in a bundle of both.
 *
 * @param from the module's `import.meta.url`
 */
export class PackageFiles {
  readonly #from: string;
  #root: string | undefined;

  constructor(from: string) {
    this.#from = from;
  }

  /**
   * A file by its path from the root of the package.
   *
   * @throws MissingFileError; the system's error for what is there and cannot be read
   */
  async read(file: string): Promise<Buffer> {
    return (await readIfThere(path.join(this.#packageRoot(), file))) ?? missing(file);
  }

  /**
   * A file of Swagger UI: the build's copy, or else, from a checkout, that of swagger-ui-dist.
   *
   * @throws MissingFileError; the system's error for what is there and cannot be read
   */
  async readSwagger(file: string): Promise<Buffer> {
    const copy = path.join("dist", "swagger-ui", file);
    return (
      (await readIfThere(path.join(this.#packageRoot(), copy))) ??
      (await readIfThere(path.join(this.#swaggerFolder(copy), file))) ??
      missing(copy)
    );
  }

  /** The nearest folder above with our package.json. */
  #packageRoot(): string {
    if (this.#root !== undefined) return this.#root;
    let folder = path.dirname(fileURLToPath(this.#from));
    while (nameIn(folder) !== PACKAGE_NAME) {
      const parent = path.dirname(folder);
      if (parent === folder) return missing("package.json");
      folder = parent;
    }
    this.#root = folder;
    return folder;
  }

  /** Without its entry, which takes 200 ms to load. */
  #swaggerFolder(wanted: string): string {
    try {
      return path.dirname(createRequire(this.#from).resolve("swagger-ui-dist/package.json"));
    } catch (error) {
      throw new MissingFileError(wanted, { cause: error });
    }
  }
}

function missing(file: string): never {
  throw new MissingFileError(file);
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

/** The name that a folder's package.json gives; undefined if there is none. */
function nameIn(folder: string): string | undefined {
  try {
    return manifest.safeParse(JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"))).data?.name;
  } catch {
    return undefined;
  }
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
