import { chmod, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installRuntime } from "./install-runtime.ts";
import { run } from "./run.ts";
import { hostPlatform, type Platform } from "./runtimes.ts";

/** The name that the executable has for itself: a part of its bytes. */
const NAME = "vault-plugin-secrets-terraform";

/**
 * What the bundle's launcher does on Node: the server's extra certificates count for Terraform
 * Cloud as well.
 */
const MAIN = `process.env.PLUGIN_EXTRA_CA_CERTS = process.env.NODE_EXTRA_CA_CERTS ?? "";
require("./bundle.cjs");
`;

/**
 * Makes one executable of a bundle and the runtime for a platform. The same input gives the same
 * bytes, on any machine and in any folder.
 *
 * @param bundle The one file that runs on Node.
 * @param outfile The executable to write.
 */
export async function compileStandalone(
  bundle: string,
  platform: Platform,
  outfile: string,
): Promise<void> {
  const compiler = await installRuntime(hostPlatform());
  const runtime = await installRuntime(platform);
  const work = await mkdtemp(join(tmpdir(), "standalone-"));
  try {
    await copyFile(bundle, join(work, "bundle.cjs"));
    await writeFile(join(work, "main.cjs"), MAIN);
    const args = [
      "build",
      "--compile",
      "--minify",
      "--bytecode",
      `--target=${platform.target}`,
      `--compile-executable-path=${runtime}`,
      // A plugin's settings are the server's: a file in its working directory is none of them.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      `--outfile=${NAME}`,
      "./main.cjs",
    ];
    // Without the variables and the settings of the machine that builds.
    await run(compiler, args, { cwd: work, env: { HOME: work } });
    await copyFile(join(work, NAME), outfile);
    await chmod(outfile, 0o755);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
