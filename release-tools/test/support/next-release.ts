import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ARTIFACTS } from "../../src/artifacts.ts";
import { hostPlatform } from "../../src/runtimes.ts";
import { compileStandalone } from "../../src/standalone.ts";
import { released } from "./released.ts";

/**
 * The executable of a release after this one: the same in all but its version, 0.3.0. The folder is
 * temporary.
 */
export async function nextRelease(folder: string): Promise<string> {
  const bundle = await readFile(released(ARTIFACTS.bundle), "utf8");
  const later = bundle.replace('version: "0.2.0"', 'version: "0.3.0"');
  if (later === bundle) throw new Error("the bundle doesn't say its version");
  await writeFile(join(folder, "bundle"), later);
  const file = join(folder, "vault-plugin-secrets-terraform_0.3.0");
  await compileStandalone(join(folder, "bundle"), hostPlatform(), file);
  return file;
}
