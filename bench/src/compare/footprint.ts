import { stat } from "node:fs/promises";
import type { Memory } from "../processes/memory.ts";
import type { Contender } from "./contenders.ts";
import { type FigureTable, withRatios } from "./figure.ts";
import type { Cell } from "./requests.ts";

const BYTES_PER_MEGABYTE = 1_000_000;

/** Returns what plugins take: in memory before and under load, and on the disk. */
export async function footprintTable(
  contenders: readonly Contender[],
  idle: ReadonlyMap<string, Memory>,
  cells: readonly Cell[],
): Promise<FigureTable> {
  const figures = await Promise.all(
    contenders.map(async ({ name, file }) => {
      const loaded = cells
        .filter(({ plugin }) => plugin === name)
        .flatMap(({ slices }) => slices.map(({ memory }) => memory));
      const values = {
        "RSS, idle": idle.get(name)?.rss ?? Number.NaN,
        "RSS, the most after a load": Math.max(...loaded.map(({ rss }) => rss)),
        "PSS, idle": idle.get(name)?.pss ?? Number.NaN,
        "PSS, the most after a load": Math.max(...loaded.map(({ pss }) => pss)),
        "the file": (await stat(file)).size / BYTES_PER_MEGABYTE,
      };
      return Object.entries(values).map(([row, value]) => ({ row, plugin: name, value }));
    }),
  );
  const basis = contenders[0]?.name;
  return { title: "Memory and size, MB", digits: 1, figures: withRatios(figures.flat(), basis) };
}
