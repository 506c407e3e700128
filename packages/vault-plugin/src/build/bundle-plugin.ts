import { chmod, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { noticesOf, packagesOf } from "./notices.ts";

export interface BundleOptions {
  /** The plugin's `main.ts`. */
  readonly entry: string;
  /** The file to make; what lies in its folder may be replaced. */
  readonly outfile: string;
}

/**
 * What a shell reads of the file, and JavaScript takes for texts and comments. It tells when Node is missing, and keeps Node from
 * parsing the server's extra certificates at each start, which takes some 50 ms: they are passed on as `PLUGIN_EXTRA_CA_CERTS`.
 */
const LAUNCHER = `#!/bin/sh
':' //; command -v node >/dev/null || { echo 'This plugin needs Node.js 20.18 or newer: the PATH of the server has no node.' >&2; exit 127; }
':' //; export PLUGIN_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"; unset NODE_EXTRA_CA_CERTS
':' //; exec node "$0" "$@"`;

/**
 * Bundles a plugin into one executable file that needs nothing but Node: what a server's SHA-256 of it covers is all there is. Beside it
 * come the licences of the packages that are in it, in `OUTFILE.licenses.txt`: pass them on with it.
 */
export async function bundlePlugin({ entry, outfile }: BundleOptions): Promise<void> {
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
  const files = Object.keys(metafile.inputs).map((file) => resolve(file));
  await writeFile(`${outfile}.licenses.txt`, noticesOf(await packagesOf(files)));
  // Node takes a file without an ending for CommonJS, unless a package.json above it says otherwise.
  await writeFile(join(dirname(outfile), "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
}
