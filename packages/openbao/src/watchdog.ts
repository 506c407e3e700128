import { spawn } from "node:child_process";

/** How long a server may take to stop before it is killed. */
export const STOP_TIMEOUT_MS = 10_000;

/**
 * Waits at a pipe: the kernel closes this process's end of it, however this process ends. The
 * server gets SIGTERM first, so that it stops its plugins.
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
  /** Call it once the server has ended, so that no other process with its id is killed. */
  dismiss(): void;
}

/**
 * Stops a server and removes its folder when this process ends, even if it is killed.
 *
 * It runs in its own session: signals to the terminal's process group, SIGKILL included, don't
 * reach it.
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
