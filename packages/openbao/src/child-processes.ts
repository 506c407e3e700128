import { readdir, readFile } from "node:fs/promises";
import { execa } from "execa";

/** One line for each process: its id, that of its parent, and its state. */
type Row = readonly [pid: number, parent: number, state: string];

/** Returns the running children of a process. */
export async function childProcesses(pid: number): Promise<number[]> {
  const rows = process.platform === "linux" ? await fromProc() : await fromPs();
  return rows.flatMap(([child, parent, state]) =>
    parent === pid && !state.startsWith("Z") ? [child] : [],
  );
}

/** Reads /proc: small images of Linux have no `ps`. */
async function fromProc(): Promise<Row[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  // A process may end between the two.
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "utf8").catch(() => "")),
  );
  return stats.flatMap(parseStat);
}

/** `PID (NAME) STATE PARENT …`, where the name may hold anything, parentheses and spaces too. */
export function parseStat(stat: string): Row[] {
  const [, pid, state, parent] = /^(\d+) \(.*\) (\S) (\d+) /s.exec(stat) ?? [];
  return state === undefined ? [] : [[Number(pid), Number(parent), state]];
}

async function fromPs(): Promise<Row[]> {
  const { stdout } = await execa("ps", ["-A", "-o", "pid=,ppid=,stat="]);
  return parsePs(stdout);
}

export function parsePs(output: string): Row[] {
  return output.split("\n").flatMap((line): Row[] => {
    const [, pid, parent, state] = /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line) ?? [];
    return state === undefined ? [] : [[Number(pid), Number(parent), state]];
  });
}
