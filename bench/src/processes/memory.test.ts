import { expect, test } from "vitest";
import { memoryOf, parseMemory } from "./memory.ts";

test("resident and proportional memory are read in MB", () => {
  const rollup = `55d0c000-7ffe0000 ---p 00000000 00:00 0                          [rollup]
Rss:               53248 kB
Pss:               26112 kB
Pss_Anon:          20480 kB
SwapPss:               0 kB
`;
  expect(parseMemory(rollup)).toEqual({ rss: 52, pss: 25.5 });
});

test.runIf(process.platform === "linux")("the memory of processes is added up", async () => {
  const [one, two] = [await memoryOf([process.pid]), await memoryOf([process.pid, process.ppid])];
  expect(two.rss).toBeGreaterThan(one.rss);
  expect(await memoryOf([2 ** 30])).toEqual({ rss: 0, pss: 0 });
});
