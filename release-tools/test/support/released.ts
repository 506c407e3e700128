import { fileURLToPath } from "node:url";
import { ARTIFACTS } from "../../src/artifacts.ts";

/** The path of a file of the release that is tested. */
export function released(name: string): string {
  return fileURLToPath(new URL(`../../../release/${name}`, import.meta.url));
}

/** The executable for this machine. */
export const EXECUTABLE = ARTIFACTS.executable({
  architecture: process.arch === "x64" ? "amd64" : "arm64",
  libc: "glibc",
});
