import { startHelperProcess } from "../helper-process.ts";
import type { LoadResult } from "../load/load.ts";
import { median } from "../median.ts";
import { cpuSeconds } from "../processes/cpu.ts";
import type { Contender } from "./contenders.ts";
import { type FigureTable, withRatios } from "./figure.ts";
import type { FrameworkMessage } from "./framework-message.ts";
import { inRounds } from "./in-rounds.ts";
import type { Upstream } from "./operations.ts";

const OPERATIONS = { "role read": "role/user", "stored creds": "creds/stored" } as const;

interface Cell {
  readonly row: string;
  readonly plugin: string;
  readonly path: string;
  readonly clients: number;
  readonly rates: number[];
  calls: number;
  cpu: number;
}

/** Measures plugins without a server: a host calls their processes, and does nothing else. */
export async function measureFramework(
  upstream: Upstream,
  contenders: readonly Contender[],
  clients: readonly number[],
  { rounds, sliceMs }: { readonly rounds: number; readonly sliceMs: number },
): Promise<readonly FigureTable[]> {
  await using host = startHelperProcess(new URL("framework-process.ts", import.meta.url));
  const ask = <T>(message: FrameworkMessage) => host.ask<T>(message);
  const pids = new Map<string, number>();
  for (const contender of contenders) {
    pids.set(contender.name, await ask<number>({ kind: "start", contender, upstream }));
  }
  const groups = Object.entries(OPERATIONS).flatMap(([operation, path]) =>
    clients.map((count) =>
      contenders.map(
        ({ name }): Cell => ({
          row: `${operation}, ${count} at once`,
          plugin: name,
          path,
          clients: count,
          rates: [],
          calls: 0,
          cpu: 0,
        }),
      ),
    ),
  );
  await inRounds(groups, rounds, async (cell, counts) => {
    const { plugin, path } = cell;
    const pid = [pids.get(plugin) ?? 0];
    const before = await cpuSeconds(pid);
    const { seconds, latencies } = await ask<LoadResult>({
      kind: "load",
      plugin,
      path,
      clients: cell.clients,
      ms: sliceMs,
    });
    if (!counts) return;
    cell.rates.push(latencies.length / seconds);
    cell.calls += latencies.length;
    cell.cpu += (await cpuSeconds(pid)) - before;
  });
  for (const { name } of contenders) await ask({ kind: "stop", plugin: name });
  const cells = groups.flat();
  const tableOf = (title: string, digits: number, value: (cell: Cell) => number) => ({
    title,
    digits,
    figures: withRatios(
      cells.map((cell) => ({ row: cell.row, plugin: cell.plugin, value: value(cell) })),
      contenders[0]?.name,
    ),
  });
  return [
    tableOf("Without a server: calls a second", 0, ({ rates }) => median(rates)),
    tableOf(
      "Without a server: CPU of the plugin, seconds for 1,000 calls",
      3,
      ({ cpu, calls }) => (cpu * 1000) / calls,
    ),
  ];
}
