import { createInterface } from "node:readline";
import { execa } from "execa";
import type { LogBuffer } from "./log-buffer.ts";
import { OpenBaoError } from "./openbao-error.ts";
import type { ServerBinary } from "./server-binary.ts";
import { withoutServerVariables } from "./server-environment.ts";
import { STOP_TIMEOUT_MS, startWatchdog } from "./watchdog.ts";

/** The signals that end a server. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGKILL";

/** A server's process. */
export interface ServerProcess {
  readonly pid: number;
  /** True once the process has ended. */
  readonly ended: boolean;
  /** Sends a signal, and waits for the end. */
  kill(signal: EndingSignal): Promise<void>;
  /** Stops it, and kills it after a while. Idempotent. */
  stop(): Promise<void>;
}

export interface ProcessOptions {
  /**
   * Its working directory, its home, and its temporary folder; removed if this process ends first.
   */
  readonly folder: string;
  /** In addition to what it inherits. */
  readonly env: NodeJS.ProcessEnv;
  readonly logs: LogBuffer;
}

/**
 * Starts a server, which stops with this process.
 *
 * @throws OpenBaoError `not_started`executing  if the program failed
 */
export function startProcess(
  binary: ServerBinary,
  args: readonly string[],
  { folder, env, logs }: ProcessOptions,
): ServerProcess {
  const child = execa(binary.path, ["server", ...args], {
    cwd: folder,
    // Sockets of plugins are in the temporary folder: those of a server that is killed are removed
    // with its own.
    env: { ...withoutServerVariables(process.env), ...env, HOME: folder, TMPDIR: folder },
    extendEnv: false,
    reject: false,
    buffer: false,
    stdin: "ignore",
    // The watchdog does it, in more cases.
    cleanup: false,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
  });
  const { pid } = child;
  if (pid === undefined) throw new OpenBaoError("not_started", `executing ${binary.path} failed`);
  const watchdog = startWatchdog(pid, folder);
  // Each has its own partial line: configuration and failures go to one of them, the log to the
  // other.
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => logs.add(line));
  }
  let ended = false;
  const end = child.then(() => {
    ended = true;
    watchdog.dismiss();
  });
  const kill = async (signal: EndingSignal) => {
    child.kill(signal);
    await end;
  };
  return {
    pid,
    get ended() {
      return ended;
    },
    kill,
    stop: () => kill("SIGTERM"),
  };
}
