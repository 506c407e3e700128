import { writeSync } from "node:fs";

/** How long a full pipe is waited for, in milliseconds: a host may be busy for some time. */
const MAX_WAIT_MS = 2000;
const PAUSE_MS = 2;

const NEVER_NOTIFIED = new Int32Array(new SharedArrayBuffer(4));

/** Descriptors whose reader didn't read in time: they aren't waited for until it does. */
const stalled = new Set<number>();

/**
 * Writes to a pipe of the host synchronously: `process.stderr` would take some milliseconds to set
 * up. Node makes the pipe non-blocking as soon as anything uses `process.stderr`; then this waits
 * while it is full, for at most 2 seconds.
 *
 * @returns whether it could: a host that has died doesn't read, which is not an error.
 */
export function writeNow(descriptor: number, text: string): boolean {
  const end = performance.now() + (stalled.has(descriptor) ? 0 : MAX_WAIT_MS);
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(descriptor, rest));
      stalled.delete(descriptor);
    } catch (error) {
      if (!isFull(error)) return false;
      if (performance.now() >= end) {
        stalled.add(descriptor);
        return false;
      }
      Atomics.wait(NEVER_NOTIFIED, 0, 0, PAUSE_MS);
    }
  }
  return true;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
