import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PACKAGE = fileURLToPath(new URL("../../packages/secrets-terraform/", import.meta.url));

/**
 * A plugin that was built before: `PLUGIN=release/…` runs scenarios and benchmarks with that file.
 */
const { PLUGIN } = process.env;

/** The licences of the bundled packages. */
export const LICENSES_FILE = `${PACKAGE}licenses/vault-plugin-secrets-terraform.txt`;

/** The plugin: one executable file, where the build puts it, or that of `PLUGIN`. */
export const PLUGIN_FILE = PLUGIN
  ? resolve(PLUGIN)
  : `${PACKAGE}dist/vault-plugin-secrets-terraform`;

/** Builds the plugin, as `npm run build` does, unless `PLUGIN` names one. @returns its file. */
export async function buildPlugin(): Promise<string> {
  if (PLUGIN) return PLUGIN_FILE;
  await promisify(execFile)(process.execPath, ["--import", "tsx", "build.ts"], { cwd: PACKAGE });
  return PLUGIN_FILE;
}
