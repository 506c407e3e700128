import { createReadStream, createWriteStream } from "node:fs";
import { access, constants, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { brotliDecompressSync, createBrotliDecompress } from "node:zlib";
import { execa } from "execa";
import { installOnce } from "./install-once.ts";

/** A browser that can be started. */
export interface Chromium {
  readonly path: string;
  /**
   * Variables with which it finds the libraries and fonts that came with it; none if it uses the
   * system's.
   */
  readonly env: Readonly<Record<string, string>>;
}

/** What to say of a test that needs one. */
export const NO_CHROMIUM = `npm has no Chromium for ${process.platform} on ${process.arch}: set CHROMIUM_BIN`;

const require = createRequire(import.meta.url);

/**
 * The package that brings one; looked up as CommonJS does, since a test's module has no
 * `import.meta.resolve`.
 */
const PACKAGE = resolve(dirname(require.resolve("@sparticuz/chromium")), "../..");

/**
 * The Chromium of `CHROMIUM_BIN`, else the one that npm has installed.
 *
 * @returns undefined if npm has none for this machine.
 * @throws Error in one sentence, with the remedy, if `CHROMIUM_BIN` can't be run.
 */
export async function findChromium(
  env: NodeJS.ProcessEnv = process.env,
): Promise<Chromium | undefined> {
  const named = env["CHROMIUM_BIN"];
  if (named) return { path: await requireProgram(named), env: {} };
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8")) as {
    version: string;
  };
  const folder = await installOnce(`chromium-${version}`, unpack);
  return {
    path: join(folder, "chromium"),
    env: { LD_LIBRARY_PATH: join(folder, "lib"), FONTCONFIG_FILE: join(folder, "fonts.conf") },
  };
}

async function requireProgram(path: string): Promise<string> {
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new Error(
      `starting a browser failed: CHROMIUM_BIN is ${path}, which can't be run; correct it, or unset it to use npm's`,
      { cause },
    );
  }
}

/**
 * Without any font a page crashes. The package's own file names folders that it doesn't unpack to.
 */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts</dir></fontconfig>
`;

/**
 * Here rather than with the package's own function: that takes whatever it finds in the temporary
 * folder.
 */
async function unpack(folder: string): Promise<void> {
  const program = createWriteStream(join(folder, "chromium"), { mode: 0o755 });
  await pipeline(createReadStream(packed("chromium.br")), createBrotliDecompress(), program);
  for (const name of ["al2023.tar.br", "fonts.tar.br"]) {
    const input = brotliDecompressSync(await readFile(packed(name)));
    await execa("tar", ["-x", "-C", folder], { input });
  }
  await writeFile(join(folder, "fonts.conf"), FONTS);
}

const packed = (name: string) => join(PACKAGE, "bin", name);
