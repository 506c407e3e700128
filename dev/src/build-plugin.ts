import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Where `npm run build` puts the plugin: one executable file. */
export const PLUGIN_FILE = fileURLToPath(
  new URL("../../packages/secrets-terraform/dist/vault-plugin-secrets-terraform", import.meta.url),
);

/** Builds the plugin as `npm run build` does. @returns its file. */
export async function buildPlugin(): Promise<string> {
  await promisify(execFile)("npm", ["run", "--silent", "build"], { cwd: ROOT });
  return PLUGIN_FILE;
}
