import type { Server } from "@vault-ts/openbao";
import type { HelperProcess } from "../helper-process.ts";
import type { Load, LoadResult } from "../load/load.ts";
import { cpuSeconds } from "../processes/cpu.ts";
import { pluginProcesses } from "../processes/plugin-processes.ts";
import { CEILING, CEILING_OPERATION, OPERATIONS, type Upstream } from "./operations.ts";

/** One operation of a plugin, for a number of clients. */
export interface Cell {
  readonly operation: string;
  readonly clients: number;
  readonly plugin: string;
  /** One for each round. */
  readonly slices: readonly Slice[];
}

/** One operation of a plugin for a short time. */
export interface Slice extends LoadResult {
  /** Seconds of CPU that the processes of the plugin have used. */
  readonly pluginCpu: number;
  readonly serverCpu: number;
}

export interface RequestsOptions {
  /** Names of mounts. */
  readonly plugins: readonly string[];
  readonly operations: readonly string[];
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly sliceMs: number;
}

/** The round before those that count, in which just-in-time compilers work. */
const WARM_UP = -1;

/**
 * Measures operations of plugins in rounds of short slices, in another order in each round: what
 * disturbs the machine for a while disturbs all of them.
 */
export async function measureRequests(
  server: Server,
  upstream: Upstream,
  load: HelperProcess,
  { plugins, operations, clients, rounds, sliceMs }: RequestsOptions,
): Promise<readonly Cell[]> {
  const groups = operations.flatMap((operation) =>
    clients.map((count) =>
      [...plugins, ...(operation === CEILING_OPERATION ? [CEILING] : [])].map((plugin) => ({
        operation,
        clients: count,
        plugin,
        slices: [] as Slice[],
      })),
    ),
  );
  for (let round = WARM_UP; round < rounds; round += 1) {
    for (const group of groups) {
      for (const cell of rotated(group, round - WARM_UP)) {
        const slice = await measureSlice(server, upstream, load, cell, sliceMs);
        if (round !== WARM_UP) cell.slices.push(slice);
      }
    }
  }
  return groups.flat();
}

function rotated<T>(values: readonly T[], by: number): readonly T[] {
  const first = by % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}

async function measureSlice(
  server: Server,
  upstream: Upstream,
  load: HelperProcess,
  { operation, clients, plugin }: Cell,
  ms: number,
): Promise<Slice> {
  const { address, rootToken: token } = server;
  const sent = OPERATIONS[operation]?.(plugin, upstream);
  if (!sent) throw new Error(`--operations names "${operation}", which is none`);
  const pids = await pluginProcesses(server, plugin);
  const cpu = () => Promise.all([cpuSeconds(pids), cpuSeconds([server.pid])]);
  const [pluginBefore, serverBefore] = await cpu();
  const job: Load = { request: { address, token, ...sent }, clients, ms };
  const result = await load.ask<LoadResult>(job);
  const [pluginAfter, serverAfter] = await cpu();
  return {
    ...result,
    pluginCpu: pluginAfter - pluginBefore,
    serverCpu: serverAfter - serverBefore,
  };
}
