import { spawn } from "node:child_process";

/** What a server does that doesn't end by itself, before it is killed. */
export const STOP_TIMEOUT_MS = 10_000;

/**
 * Reads what is never written: the end of the pipe that this process holds is closed by the kernel, however this process ends. The
 * server is asked first, so that it ends its plugins.
 */
const SCRIPT = `
  read -r nothing
  kill -TERM "$1"
  tenths=0
  while kill -0 "$1" && [ "$tenths" -lt ${STOP_TIMEOUT_MS / 100} ]; do
    sleep 0.1
    tenths=$((tenths + 1))
  done
  kill -0 "$1" && kill -KILL "$1"
  rm -rf "$2"
`;

export interface Watchdog {
  /** To be called once the server has ended, lest another process with its id be killed. */
  dismiss(): void;
}

/**
 * Sees to it that a server ends with this process, even if that is killed, and that its folder is removed.
 *
 * It runs in a session of its own: a signal to the terminal's or the process group, SIGKILL included, spares it.
 */
export function startWatchdog(pid: number, folder: string): Watchdog {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "openbao-watchdog", String(pid), folder], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.unref();
  return { dismiss: () => void shell.kill("SIGKILL") };
}
