import { readFile } from "node:fs/promises";

/** The memory of a process. */
export interface MemorySample {
  /** Since the start. */
  readonly seconds: number;
  readonly megabytes: number;
}

/**
 * Returns the resident memory of a process in MB, from Linux; undefined elsewhere, and once the
 * process is gone.
 */
export async function residentMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Returns the growth of memory in MB an hour, by least squares. */
export function slopePerHour(samples: readonly MemorySample[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(samples.map(({ seconds }) => seconds));
  const y = mean(samples.map(({ megabytes }) => megabytes));
  const rise = samples.reduce(
    (sum, { seconds, megabytes }) => sum + (seconds - x) * (megabytes - y),
    0,
  );
  const run = samples.reduce((sum, { seconds }) => sum + (seconds - x) ** 2, 0);
  return (rise / run) * 3600;
}
