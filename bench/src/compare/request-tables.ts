import { median } from "../median.ts";
import { percentile } from "../percentile.ts";
import { type FigureTable, withRatios } from "./figure.ts";
import { CEILING, CEILING_OPERATION } from "./operations.ts";
import type { Cell, Slice } from "./requests.ts";

/** The title of the table that the chart is of. */
export const RATES = "Requests a second";

/**
 * Returns what the slices come to. Rates are medians of the rounds, and their ratios medians of the
 * ratios of each round; latencies are those of all rounds.
 */
export function requestTables(cells: readonly Cell[]): readonly FigureTable[] {
  const ofPlugins = cells.filter(({ plugin }) => plugin !== CEILING);
  const [{ plugin: basis } = { plugin: "" }] = cells;
  const tableOf = (title: string, digits: number, value: (slices: readonly Slice[]) => number) => {
    const figures = ofPlugins.map((cell) => ({
      row: rowOf(cell),
      plugin: cell.plugin,
      value: value(cell.slices),
    }));
    return { title, digits, figures: withRatios(figures, basis) };
  };
  const shares = ofPlugins
    .filter(({ operation }) => operation === CEILING_OPERATION)
    .map((cell) => ({
      row: rowOf(cell),
      plugin: cell.plugin,
      value: rateRatio(cell, sibling(cells, cell, CEILING)) ?? Number.NaN,
    }));
  return [
    {
      title: RATES,
      digits: 0,
      figures: cells.map((cell) => ({
        row: rowOf(cell),
        plugin: cell.plugin,
        value: median(cell.slices.map(rateOf)),
        ratio: rateRatio(cell, sibling(cells, cell, basis)),
      })),
    },
    tableOf("Latency: p50, ms", 2, (slices) => percentile(latenciesOf(slices), 0.5)),
    tableOf("Latency: p99, ms", 2, (slices) => percentile(latenciesOf(slices), 0.99)),
    tableOf("CPU of the plugin, seconds for 1,000 requests", 3, (slices) =>
      perThousand(slices, ({ pluginCpu }) => pluginCpu),
    ),
    tableOf("CPU of the server, seconds for 1,000 requests", 3, (slices) =>
      perThousand(slices, ({ serverCpu }) => serverCpu),
    ),
    {
      title: "Part of what the server's own kv engine reaches",
      digits: 2,
      figures: withRatios(shares, basis),
    },
  ].filter(({ figures }) => figures.length > 0);
}

function rowOf({ operation, clients }: Cell): string {
  return `${operation}, ${clients} ${clients === 1 ? "client" : "clients"}`;
}

function sibling(cells: readonly Cell[], { operation, clients }: Cell, plugin: string) {
  return cells.find(
    (cell) => cell.operation === operation && cell.clients === clients && cell.plugin === plugin,
  );
}

function rateRatio({ slices }: Cell, to: Cell | undefined): number | undefined {
  if (!to) return undefined;
  return median(
    slices.flatMap((slice, round) => {
      const other = to.slices[round];
      return other ? [rateOf(slice) / rateOf(other)] : [];
    }),
  );
}

function rateOf({ latencies, seconds }: Slice): number {
  return latencies.length / seconds;
}

function latenciesOf(slices: readonly Slice[]): readonly number[] {
  return slices.flatMap(({ latencies }) => [...latencies]);
}

function perThousand(slices: readonly Slice[], cpu: (slice: Slice) => number): number {
  const seconds = slices.reduce((sum, slice) => sum + cpu(slice), 0);
  const requests = slices.reduce((sum, { latencies }) => sum + latencies.length, 0);
  return (seconds * 1000) / requests;
}
