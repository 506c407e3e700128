import { fileURLToPath } from "node:url";
import { execa } from "execa";

const SOURCE = fileURLToPath(new URL("..", import.meta.url));

/**
 * Starts a Node.js process that runs TypeScript, with the sources of this package beside it:
 * `./index.ts`.
 */
export function runProgram(code: string, args: readonly string[] = []) {
  const options = ["--import", "tsx", "--input-type=module", "--eval", code, "--", ...args];
  return execa(process.execPath, options, { cwd: SOURCE, reject: false, stdin: "ignore" });
}
