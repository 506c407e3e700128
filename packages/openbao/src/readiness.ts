import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { requireFreePort } from "./free-port.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { OpenBaoError } from "./openbao-error.ts";
import type { ServerProcess } from "./server-process.ts";

/** The time limit of a start: on a busy machine, a normal one may take half a minute. */
const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 20;

/** The number of log lines in an error. */
const LINES = 10;

export interface Starting {
  readonly process: ServerProcess;
  readonly port: number;
  readonly logs: LogBuffer;
}

/**
 * Waits until a server has started.
 *
 * @param probe Returns whether it has started; no response means no.
 * @throws OpenBaoError `port_in_use` or `not_started`, with the end of the log, if the process ends
 * or three minutes pass first.
 */
export async function waitUntil(
  { process, port, logs }: Starting,
  probe: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!process.ended && Date.now() < deadline) {
    if (await probe().catch(isNo)) return;
    await sleep(INTERVAL_MS);
  }
  if (process.ended) await requireFreePort(port);
  const what = process.ended
    ? "exited while it started"
    : `wasn't ready within ${TIMEOUT_MS / 1000} seconds`;
  const log = logs.lines.slice(-LINES).join("\n");
  throw new OpenBaoError("not_started", `the server ${what}; the end of its log:\n${log}`);
}

function isNo(error: unknown): false {
  if (error instanceof OpenBaoError && error.code === "unreachable") return false;
  throw error;
}

/**
 * Whether the process has written its id to its file, which it does when it listens: then no other
 * process responds.
 */
export async function hasWritten(pidFile: string, { pid }: ServerProcess): Promise<boolean> {
  return (await readFile(pidFile, "utf8").catch(() => "")).trim() === String(pid);
}
