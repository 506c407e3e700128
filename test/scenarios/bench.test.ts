import { runBench, SHORT } from "@vault-ts/bench";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { expect } from "vitest";
import { scenario } from "../support/scenario.ts";

scenario(
  ["BENCH"],
  "the short form of the comparison measures all that the long one does",
  async () => {
    const options = { ...SHORT, plugins: [], files: [`ours=${PLUGIN_FILE}`] };
    const { tables } = await runBench(options, () => {});
    expect(tables.map(({ title, figures: { length } }) => `${title}: ${length}`)).toEqual([
      "Requests a second: 15",
      "Latency: p50, ms: 12",
      "Latency: p99, ms: 12",
      "CPU of the plugin, seconds for 1,000 requests: 12",
      "CPU of the server, seconds for 1,000 requests: 12",
      "Part of what the server's own kv engine reaches: 3",
      "Memory and size, MB: 5",
      "Starts, ms: 3",
      "Without a server: calls a second: 6",
      "Without a server: CPU of the plugin, seconds for 1,000 calls: 6",
      "Many roles and mounts in one process: RSS, MB: 3",
      "The same: p50 of a role read, 16 clients, ms: 3",
      "The same: single requests, ms: 3",
    ]);
    // So short a load may use less CPU than the system counts.
    const wrong = tables
      .filter(({ title }) => !title.includes("CPU"))
      .flatMap((table) => table.figures)
      .filter(({ value }) => !(value > 0 && value < Number.POSITIVE_INFINITY));
    expect(wrong).toEqual([]);
  },
);
