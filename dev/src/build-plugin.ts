import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PACKAGE = fileURLToPath(new URL("../../packages/secrets-terraform/", import.meta.url));

/** Where the build puts the plugin: one executable file. */
export const PLUGIN_FILE = `${PACKAGE}dist/vault-plugin-secrets-terraform`;

/** The licences of the packages that are in it. */
export const LICENSES_FILE = `${PACKAGE}licenses/vault-plugin-secrets-terraform.txt`;

/** Builds the plugin, as `npm run build` does. @returns its file. */
export async function buildPlugin(): Promise<string> {
  await promisify(execFile)(process.execPath, ["--import", "tsx", "build.ts"], { cwd: PACKAGE });
  return PLUGIN_FILE;
}
