import type { Figures } from "../compare/figures.ts";
import { table } from "./table.ts";

/** The figures of requests, as a table; each ratio is to the first plugin. */
export function requestsTable(figures: readonly Figures[]): string {
  const [basis] = figures;
  const to = `÷ ${basis?.plugin}`;
  return table(
    [
      "operation",
      "clients",
      "plugin",
      "requests/s",
      to,
      "p50 ms",
      "p99 ms",
      to,
      "plugin CPU s/1,000",
      to,
      "server CPU s/1,000",
    ],
    figures.map(({ operation, clients, plugin, rate, p50, p99, pluginCpu, serverCpu, ratios }) => [
      operation,
      String(clients),
      plugin,
      rate.toFixed(0),
      ratios.rate.toFixed(2),
      p50.toFixed(2),
      p99.toFixed(2),
      ratios.p99.toFixed(2),
      pluginCpu.toFixed(3),
      ratios.pluginCpu.toFixed(2),
      serverCpu.toFixed(3),
    ]),
  );
}
