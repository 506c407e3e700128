import { readFile } from "node:fs/promises";

/** The memory of processes, in MB. */
export interface Memory {
  /** What is resident. */
  readonly rss: number;
  /** The same, with shared pages divided among those who share them. */
  readonly pss: number;
}

/** Returns the memory of processes together, from Linux; 0 of those that are gone. */
export async function memoryOf(pids: readonly number[]): Promise<Memory> {
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "")),
  );
  const memories = texts.map(parseMemory);
  return {
    rss: memories.reduce((sum, { rss }) => sum + rss, 0),
    pss: memories.reduce((sum, { pss }) => sum + pss, 0),
  };
}

/** Parses `/proc/PID/smaps_rollup`. */
export function parseMemory(text: string): Memory {
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) / 1024;
  return { rss: megabytes("Rss"), pss: megabytes("Pss") };
}
