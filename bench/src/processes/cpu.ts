import { readFile } from "node:fs/promises";

/** Linux counts in hundredths of a second, whatever its own clock. */
const TICKS_PER_SECOND = 100;

/** Returns the seconds of CPU that processes have used so far; 0 for those that are gone. */
export async function cpuSeconds(pids: readonly number[]): Promise<number> {
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")),
  );
  return stats.reduce((sum, stat) => sum + parseCpuSeconds(stat), 0);
}

/**
 * The 14th and the 15th field of `/proc/PID/stat`, of a user's and of the kernel's time. The second
 * is a name in parentheses, which may hold anything.
 */
export function parseCpuSeconds(stat: string): number {
  const [user = "0", system = "0"] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_PER_SECOND;
}
