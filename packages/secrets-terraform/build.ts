/** Builds the plugin: one executable file that needs nothing but Node. */
import { chmod, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = fileURLToPath(new URL("dist/", import.meta.url));
const outfile = `${dist}vault-plugin-secrets-terraform`;

/**
 * What a shell reads of the file, and JavaScript takes for texts and comments. It tells when Node is missing, and keeps Node from
 * parsing the server's extra certificates at each start, which takes some 50 ms: the client reads them when it first needs them.
 */
const launcher = `#!/bin/sh
':' //; command -v node >/dev/null || { echo 'This plugin needs Node.js 20.18 or newer: the PATH of the server has no node.' >&2; exit 127; }
':' //; export PLUGIN_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"; unset NODE_EXTRA_CA_CERTS
':' //; exec node "$0" "$@"`;

await build({
  entryPoints: [fileURLToPath(new URL("src/main.ts", import.meta.url))],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.18",
  format: "cjs",
  minifySyntax: true,
  banner: { js: launcher },
  legalComments: "external",
  logLevel: "warning",
});
await chmod(outfile, 0o755);
// Node takes a file without an ending for CommonJS unless a package.json above it says otherwise, as this package's does.
await writeFile(`${dist}package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
console.log(outfile);
