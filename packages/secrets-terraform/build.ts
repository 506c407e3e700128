/** Builds the plugin: one executable file that needs nothing but Node. */
import { chmod, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = fileURLToPath(new URL("dist/", import.meta.url));
const outfile = `${dist}vault-plugin-secrets-terraform`;

await build({
  entryPoints: [fileURLToPath(new URL("src/main.ts", import.meta.url))],
  outfile,
  bundle: true,
  platform: "node",
  target: "node20.18",
  format: "cjs",
  minifySyntax: true,
  banner: { js: "#!/usr/bin/env node" },
  legalComments: "external",
  logLevel: "warning",
});
await chmod(outfile, 0o755);
// Node takes a file without an ending for CommonJS unless a package.json above it says otherwise, as this package's does.
await writeFile(`${dist}package.json`, `${JSON.stringify({ type: "commonjs" })}\n`);
console.log(outfile);
