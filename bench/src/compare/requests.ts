import type { Server } from "@vault-ts/openbao";
import type { HelperProcess } from "../helper-process.ts";
import type { Load, LoadResult } from "../load/load.ts";
import { cpuSeconds } from "../processes/cpu.ts";
import { type Memory, memoryOf } from "../processes/memory.ts";
import { pluginProcesses } from "../processes/plugin-processes.ts";
import { inRounds } from "./in-rounds.ts";
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
  /** That of the plugin's processes, right after. */
  readonly memory: Memory;
}

export interface RequestsOptions {
  /** Names of mounts. */
  readonly plugins: readonly string[];
  readonly operations: readonly string[];
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly sliceMs: number;
}

/** Measures operations of plugins in rounds of short slices. */
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
  await inRounds(groups, rounds, async (cell, counts) => {
    const slice = await measureSlice(server, upstream, load, cell, sliceMs);
    if (counts) cell.slices.push(slice);
  });
  return groups.flat();
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
  if (!sent) throw new Error(`the operation "${operation}" is unknown`);
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
    memory: await memoryOf(pids),
  };
}
