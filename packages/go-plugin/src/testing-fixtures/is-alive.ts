import { spawnSync } from "node:child_process";

/**
 * Whether the process runs: one that has ended may stay in the table until somebody asks for its
 * exit code.
 */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z\s]/.test(stdout);
}
