import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { LogBuffer } from "./log-buffer.ts";
import type { ServerBinary } from "./server-binary.ts";

/** What a server does that doesn't end by itself, before it is killed. */
const STOP_TIMEOUT_MS = 10_000;

/** A server's process, in a temporary folder of its own. */
export interface ServerProcess {
  readonly pid: number;
  readonly logs: readonly string[];
  /** True once the process has ended. */
  readonly ended: boolean;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Ends it, by force if it takes long. Idempotent. */
  stop(): Promise<void>;
}

/** A folder that only this user may enter; `remove` takes it away. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "openbao-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Starts a server; it doesn't outlive this process. */
export function startProcess(
  binary: ServerBinary,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): ServerProcess {
  const logs = new LogBuffer();
  const child = execa(binary.path, ["server", ...args], {
    cwd,
    env: { ...env, HOME: cwd },
    reject: false,
    buffer: false,
    all: true,
    stdin: "ignore",
    cleanup: true,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
  child.all?.setEncoding("utf8").on("data", (chunk: string) => logs.push(chunk));
  let ended = false;
  const end = child.then(() => {
    ended = true;
  });
  return {
    pid: child.pid ?? -1,
    get logs() {
      return logs.lines;
    },
    get ended() {
      return ended;
    },
    async kill(signal) {
      child.kill(signal);
      await end;
    },
    async stop() {
      child.kill("SIGTERM");
      await end;
    },
  };
}

/** The processes that were started by a process, of those that still run. Linux only; elsewhere none is found. */
export async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((name) => readFile(`/proc/${name}/stat`, "utf8").catch(() => "")));
  // After the name in parentheses, which may hold anything: state, parent.
  const parents = stats.map((stat) => Number(/\) \S (\d+) [^)]*$/.exec(stat)?.[1]));
  return pids.map(Number).filter((_, index) => parents[index] === pid);
}
