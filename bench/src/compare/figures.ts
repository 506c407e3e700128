import { median } from "../median.ts";
import { percentile } from "../percentile.ts";
import type { Cell, Slice } from "./measure-requests.ts";

/** What a cell comes to. */
export interface Figures {
  readonly operation: string;
  readonly clients: number;
  readonly plugin: string;
  /** Requests a second; the median of the rounds. */
  readonly rate: number;
  /** Milliseconds, of the requests of all rounds. */
  readonly p50: number;
  readonly p99: number;
  /** Seconds of CPU for 1,000 requests. */
  readonly pluginCpu: number;
  readonly serverCpu: number;
  /** To the first plugin of the comparison. */
  readonly ratios: Ratios;
}

export interface Ratios {
  /** The median of the ratios of each round. */
  readonly rate: number;
  readonly p99: number;
  readonly pluginCpu: number;
}

/** Returns the figures of all cells; the first of each operation and clients is the basis. */
export function figuresOf(cells: readonly Cell[]): readonly Figures[] {
  return cells.map((cell) => {
    const basis = cells.find(
      ({ operation, clients }) => operation === cell.operation && clients === cell.clients,
    );
    const [figures, others] = [summary(cell.slices), summary(basis?.slices ?? [])];
    const { operation, clients, plugin } = cell;
    const ratios = {
      rate: median(
        cell.slices.map((slice, round) => rateOf(slice) / rateOf(basis?.slices[round] ?? slice)),
      ),
      p99: figures.p99 / others.p99,
      pluginCpu: figures.pluginCpu / others.pluginCpu,
    };
    return { operation, clients, plugin, ...figures, ratios };
  });
}

function summary(slices: readonly Slice[]): Omit<Figures, keyof Cell | "ratios"> {
  const latencies = slices.flatMap((slice) => [...slice.latencies]);
  const perThousand = (cpu: (slice: Slice) => number) =>
    (slices.reduce((sum, slice) => sum + cpu(slice), 0) * 1000) / latencies.length;
  return {
    rate: median(slices.map(rateOf)),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    pluginCpu: perThousand(({ pluginCpu }) => pluginCpu),
    serverCpu: perThousand(({ serverCpu }) => serverCpu),
  };
}

function rateOf({ latencies, seconds }: Slice): number {
  return latencies.length / seconds;
}
