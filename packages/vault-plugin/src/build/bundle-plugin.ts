import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { build } from "esbuild";
import { LAUNCHER } from "./launcher.ts";
import { noticesOf, packagesOf } from "./notices.ts";

export interface BundleOptions {
  /** The plugin's `main.ts`. */
  readonly entry: string;
  /**
   * The file to write. Give it a folder of its own: `server -dev -dev-plugin-dir` runs each file
   * there.
   */
  readonly outfile: string;
  /**
   * The file for the licences of the bundled packages: distribute both together. Not written if
   * absent.
   */
  readonly licenses?: string;
}

/**
 * Bundles a plugin into one executable file that needs nothing but Node and `sh`: a server's
 * SHA-256 covers all of it.
 */
export async function bundlePlugin({ entry, outfile, licenses }: BundleOptions): Promise<void> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20.18",
    format: "cjs",
    minifySyntax: true,
    banner: { js: LAUNCHER },
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  await chmod(outfile, 0o755);
  if (licenses === undefined) return;
  const files = Object.keys(metafile.inputs).map((file) => resolve(file));
  await mkdir(dirname(licenses), { recursive: true });
  await writeFile(licenses, noticesOf(await packagesOf(files)));
}
