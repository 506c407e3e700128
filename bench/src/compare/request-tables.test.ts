import { expect, test } from "vitest";
import { requestTables } from "./request-tables.ts";
import type { Cell, Slice } from "./requests.ts";

/** A second with so many requests, of 1 ms each but the last, which took 9 ms. */
const slice = (requests: number): Slice => ({
  seconds: 1,
  latencies: Float64Array.from({ length: requests }, (_, index) => (index === 0 ? 9 : 1)),
  pluginCpu: 0.2,
  serverCpu: 0.1,
  memory: { rss: 1, pss: 1 },
});

const cell = (operation: string, plugin: string, rates: readonly number[]): Cell => ({
  operation,
  clients: 1,
  plugin,
  slices: rates.map(slice),
});

const tables = requestTables([
  cell("stored creds", "go", [10, 100, 20]),
  cell("stored creds", "bun", [20, 150, 60]),
  cell("stored creds", "kv", [40, 200, 80]),
  cell("role read", "go", [10, 10, 10]),
]);
const figures = (title: string) => tables.find((table) => table.title === title)?.figures;

test("a rate is the median of the rounds, and its ratio that of the rounds' ratios", () => {
  expect(figures("Requests a second")).toEqual([
    { row: "stored creds, 1 client", plugin: "go", value: 20, ratio: 1 },
    { row: "stored creds, 1 client", plugin: "bun", value: 60, ratio: 2 },
    { row: "stored creds, 1 client", plugin: "kv", value: 80, ratio: 4 },
    { row: "role read, 1 client", plugin: "go", value: 10, ratio: 1 },
  ]);
});

test("latencies are those of all requests of all rounds", () => {
  expect(figures("Latency: p50, ms")?.map(({ value }) => value)).toEqual([1, 1, 1]);
  expect(figures("Latency: p99, ms")?.map(({ value }) => value)).toEqual([9, 9, 9]);
});

test("CPU is for 1,000 requests, and there is none of the server's own engine", () => {
  const cpu = figures("CPU of the plugin, seconds for 1,000 requests") ?? [];
  expect(cpu.map(({ plugin }) => plugin)).toEqual(["go", "bun", "go"]);
  expect(cpu[0]?.value).toBeCloseTo((0.6 / 130) * 1000);
  expect(cpu[1]?.ratio).toBeCloseTo(130 / 230);
});

test("stored creds are compared with the server's own engine", () => {
  expect(figures("Part of what the server's own kv engine reaches")).toEqual([
    { row: "stored creds, 1 client", plugin: "go", value: 0.25, ratio: 1 },
    { row: "stored creds, 1 client", plugin: "bun", value: 0.75, ratio: 3 },
  ]);
});
