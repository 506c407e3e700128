import { servePlugin } from "@vault-ts/vault-plugin";
import { createBackend } from "./backend.ts";
import { VERSION } from "./version.ts";

if (process.argv[2] === "doctor") void examine(process.argv.slice(3));
else void servePlugin({ version: VERSION, backend: createBackend });

/**
 * Run by hand, it looks for what is wrong: loaded for that alone, since each start of the plugin is
 * waited for.
 */
async function examine(args: readonly string[]): Promise<void> {
  const { runDoctor } = await import("@vault-ts/doctor");
  const { bun } = process.versions;
  const [, script = ""] = process.argv;
  process.exitCode = await runDoctor({
    version: VERSION,
    // An executable that has its runtime within is itself the file; its script is a name inside of
    // it.
    file: script.includes("$bunfs") ? process.execPath : script,
    runtime: {
      name: bun ? "Bun" : "Node.js",
      version: bun ?? process.version,
      path: process.execPath,
    },
    args,
    env: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
