import { fileURLToPath } from "node:url";
import { bundlePlugin } from "@vault-ts/vault-plugin/build";

const fileIn = (path: string) => fileURLToPath(new URL(path, import.meta.url));

await bundlePlugin({
  entry: fileIn("src/main.ts"),
  outfile: fileIn("dist/one-time-passwords"),
  licenses: fileIn("licenses/one-time-passwords.txt"),
});
