/**
 * `npm run build`: the plugin, as one executable file in a folder of its own, and the licences of
 * what is in it.
 */
import { fileURLToPath } from "node:url";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";

const fileIn = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const outfile = fileIn("dist/vault-plugin-secrets-terraform");

await bundlePlugin({
  entry: fileIn("src/main.ts"),
  outfile,
  licenses: fileIn("licenses/vault-plugin-secrets-terraform.txt"),
});
console.log(outfile);
