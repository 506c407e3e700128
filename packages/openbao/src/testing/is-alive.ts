import { readFileSync } from "node:fs";
import { parseStat } from "../child-processes.ts";

/** Whether a process runs. A zombie, as in a container without an init, doesn't. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== "linux") return true;
    const [row] = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return row?.[2] !== "Z";
  } catch {
    return false;
  }
}
