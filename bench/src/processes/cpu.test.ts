import { expect, test } from "vitest";
import { cpuSeconds, parseCpuSeconds } from "./cpu.ts";

test("the CPU of a process is that of the user and of the kernel, whatever its name", () => {
  const stat = "4242 (no) de (x) S 1 2 3 4 5 6 7 8 9 10 1234 66 7 8 20 0 11 0 99";
  expect(parseCpuSeconds(stat)).toBe(13);
});

test.runIf(process.platform === "linux")(
  "a process uses CPU, and one that is gone none",
  async () => {
    expect(await cpuSeconds([process.pid])).toBeGreaterThan(0);
    expect(await cpuSeconds([2 ** 30])).toBe(0);
  },
);
