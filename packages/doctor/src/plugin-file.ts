import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type Finding, note, ok, wrong } from "./finding.ts";

const ANY_EXECUTE = 0o111;
const OTHERS_EXECUTE = 0o001;
const OTHERS_WRITE = 0o002;

/** The SHA-256 of a file, in hexadecimal, as the catalog takes it. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash("sha256");
  // One that has its runtime within is of some 100 MB.
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest("hex");
}

/** Whether those who have to may run the file, and nobody else may write it. */
export async function checkMode(file: string): Promise<Finding> {
  const { mode, uid, gid } = await stat(file);
  const shown = `${file} has mode ${(mode & 0o7777).toString(8).padStart(4, "0")}`;
  if ((mode & ANY_EXECUTE) === 0) {
    return wrong("file mode", `${shown} and can't be executed`, `run "chmod 755 ${file}"`);
  }
  if ((mode & OTHERS_WRITE) !== 0) {
    return wrong(
      "file mode",
      `${shown}: every account of the machine can replace it`,
      `run "chmod 755 ${file}"`,
    );
  }
  if ((mode & OTHERS_EXECUTE) === 0) {
    return note(
      "file mode",
      `${shown}: only uid ${uid} and gid ${gid} can run it`,
      "make sure that the server's account is one of them",
    );
  }
  return ok("file mode", shown);
}

/** What runs the plugin. */
export interface Runtime {
  readonly name: "Node.js" | "Bun";
  readonly version: string;
  readonly path: string;
}

const MINIMUM: readonly [major: number, minor: number] = [20, 18];

export function checkRuntime({ name, version, path }: Runtime): Finding {
  if (name === "Bun") return ok("runtime", `Bun ${version}, embedded in the file`);
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const isOld = major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1]);
  const shown = `Node.js ${version} at ${path}`;
  if (isOld) return wrong("runtime", `${shown} is too old`, "install Node.js 20.18 or newer");
  return ok("runtime", `${shown}; the server must find node on its own PATH`);
}
