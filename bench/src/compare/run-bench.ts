import { setTimeout as sleep } from "node:timers/promises";
import { findServer, type ServerBinary, startDevServer } from "@vault-ts/openbao";
import { type HelperProcess, startHelperProcess } from "../helper-process.ts";
import { type Memory, memoryOf } from "../processes/memory.ts";
import { pluginProcesses } from "../processes/plugin-processes.ts";
import { type Contender, prepareContenders } from "./contenders.ts";
import type { FigureTable } from "./figure.ts";
import { footprintTable } from "./footprint.ts";
import { measureFramework } from "./framework.ts";
import { type Machine, machineOf } from "./machine.ts";
import { prepareCeiling, prepareMount, type Upstream } from "./operations.ts";
import type { BenchOptions } from "./options.ts";
import { requestTables } from "./request-tables.ts";
import { measureRequests } from "./requests.ts";
import { measureScale } from "./scale.ts";
import { measureStarts } from "./starts.ts";

/** All that a run has measured. */
export interface BenchResult {
  readonly machine: Machine;
  /** The first is what the others are compared with. */
  readonly plugins: readonly Pick<Contender, "name" | "title">[];
  readonly tables: readonly FigureTable[];
}

/** How long a process is left alone before its memory is that of an idle one. */
const IDLE_MS = 1000;

/** What all parts need. */
interface Stage {
  readonly binary: ServerBinary;
  readonly contenders: readonly Contender[];
  readonly upstream: Upstream;
  readonly load: HelperProcess;
  readonly options: BenchOptions;
}

/**
 * Compares plugins.
 *
 * @param say Is told of progress.
 * @throws Error if a request fails, or something can't be had.
 */
export async function runBench(
  options: BenchOptions,
  say: (message: string) => void,
): Promise<BenchResult> {
  const contenders = await prepareContenders(options.plugins, options.files, say);
  const binary = await findServer({ onProgress: say });
  await using simulator = startHelperProcess(new URL("../simulator-process.ts", import.meta.url));
  const upstream = await simulator.ask<Upstream>({});
  await using load = startHelperProcess(new URL("../load/load-process.ts", import.meta.url));
  const stage = { binary, contenders, upstream, load, options };
  const tables: FigureTable[] = [];
  for (const part of options.parts) {
    say(`measuring ${part} …`);
    tables.push(...(await MEASURE[part](stage)));
  }
  return {
    machine: machineOf(binary),
    plugins: contenders.map(({ name, title }) => ({ name, title })),
    tables,
  };
}

const MEASURE: {
  readonly [P in BenchOptions["parts"][number]]: (stage: Stage) => Promise<readonly FigureTable[]>;
} = {
  async requests({ binary, contenders, upstream, load, options }) {
    await using server = await startDevServer({ binary, plugins: contenders, logLevel: "warn" });
    const plugins = contenders.map(({ name }) => name);
    for (const name of plugins) await prepareMount(server, name, upstream);
    await prepareCeiling(server);
    await sleep(IDLE_MS);
    const idle = new Map<string, Memory>();
    for (const name of plugins) idle.set(name, await memoryOf(await pluginProcesses(server, name)));
    const cells = await measureRequests(server, upstream, load, { ...options, plugins });
    return [...requestTables(cells), await footprintTable(contenders, idle, cells)];
  },

  async starts({ binary, contenders, upstream, options }) {
    await using server = await startDevServer({ binary, plugins: contenders, logLevel: "warn" });
    const names = contenders.map(({ name }) => name);
    return [await measureStarts(server, upstream, names, options.rounds)];
  },

  framework: ({ contenders, upstream, options }) =>
    measureFramework(upstream, contenders, options.clients, {
      rounds: Math.ceil(options.rounds / 2),
      sliceMs: options.sliceMs,
    }),

  scale: ({ binary, contenders, upstream, load, options }) =>
    measureScale(binary, upstream, load, contenders, options.scale, options.sliceMs),
};
