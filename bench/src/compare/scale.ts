import { type Server, type ServerBinary, startDevServer } from "@vault-ts/openbao";
import { expectSuccess } from "../expect-success.ts";
import { fillRoles } from "../fill-roles.ts";
import type { HelperProcess } from "../helper-process.ts";
import type { Load, LoadResult } from "../load/load.ts";
import { median } from "../median.ts";
import { percentile } from "../percentile.ts";
import { memoryOf } from "../processes/memory.ts";
import { pluginProcesses } from "../processes/plugin-processes.ts";
import { timed } from "../timed.ts";
import type { Contender } from "./contenders.ts";
import { type Figure, type FigureTable, withRatios } from "./figure.ts";
import { prepareMount, type Upstream } from "./operations.ts";

/** How many of them one process has. */
export interface Scale {
  readonly roles: number;
  readonly mounts: number;
}

const CLIENTS = 16;

/** How often the roles are listed. */
const LISTS = 5;

interface Measured {
  readonly table: "memory" | "latency" | "time";
  readonly row: string;
  readonly value: number;
}

/** Measures plugins with many roles, and then with many mounts; each at a server of its own. */
export async function measureScale(
  binary: ServerBinary,
  upstream: Upstream,
  load: HelperProcess,
  contenders: readonly Contender[],
  scale: Scale,
  loadMs: number,
): Promise<readonly FigureTable[]> {
  const measured: (Measured & { readonly plugin: string })[] = [];
  for (const contender of contenders) {
    await using server = await startDevServer({ binary, plugins: [contender], logLevel: "warn" });
    const { name } = contender;
    const figures = await measurePlugin(server, upstream, load, name, scale, loadMs);
    measured.push(...figures.map((figure) => ({ ...figure, plugin: name })));
  }
  const tableOf = (title: string, digits: number, table: Measured["table"]): FigureTable => {
    const rows = [...new Set(measured.filter((one) => one.table === table).map(({ row }) => row))];
    const figures: Omit<Figure, "ratio">[] = rows.flatMap((row) =>
      measured.filter((one) => one.table === table && one.row === row),
    );
    return { title, digits, figures: withRatios(figures, contenders[0]?.name) };
  };
  return [
    tableOf("Many roles and mounts in one process: RSS, MB", 0, "memory"),
    tableOf(`The same: p50 of a role read, ${CLIENTS} clients, ms`, 2, "latency"),
    tableOf("The same: single requests, ms", 1, "time"),
  ];
}

async function measurePlugin(
  server: Server,
  upstream: Upstream,
  load: HelperProcess,
  plugin: string,
  { roles, mounts }: Scale,
  loadMs: number,
): Promise<readonly Measured[]> {
  const measured: Measured[] = [];
  const note = async (scale: string, paths: readonly string[]) => {
    const { address, rootToken: token } = server;
    const request = { address, token, method: "GET", paths } as const;
    const job: Load = { request, clients: CLIENTS, ms: loadMs };
    // The first one warms up.
    await load.ask(job);
    const { latencies } = await load.ask<LoadResult>(job);
    const { rss } = await memoryOf(await pluginProcesses(server, plugin));
    measured.push(
      { table: "memory", row: scale, value: rss },
      { table: "latency", row: scale, value: percentile([...latencies], 0.5) },
    );
  };
  const enabling: number[] = [];
  const enable = async (mount: string) => {
    enabling.push(
      await timed(() => expectSuccess(server, "POST", `sys/mounts/${mount}`, { type: plugin })),
    );
    await expectSuccess(server, "PUT", `${mount}/role/user`, { user_id: "user-1" });
  };
  const namesOf = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`);

  await prepareMount(server, plugin, upstream);
  await note("1 mount with 2 roles", [`${plugin}/role/user`]);
  await fillRoles(server, plugin, roles, upstream.credentials.organization);
  await note(`1 mount with ${countOf(roles)} roles`, namesOf(`${plugin}/role/role-`, roles));
  const listing: number[] = [];
  for (let count = 0; count < LISTS; count += 1)
    listing.push(await timed(() => expectSuccess(server, "LIST", `${plugin}/role`)));
  const others = namesOf("mount-", mounts);
  for (const mount of others) await enable(mount);
  await note(
    `${countOf(mounts)} more mounts`,
    others.map((mount) => `${mount}/role/user`),
  );
  const tenth = Math.ceil(mounts / 10);
  measured.push(
    { table: "time", row: `a list of ${countOf(roles)} roles`, value: median(listing) },
    {
      table: "time",
      row: `secrets enable, the first ${tenth} of ${countOf(mounts)}`,
      value: median(enabling.slice(0, tenth)),
    },
    {
      table: "time",
      row: `secrets enable, the last ${tenth} of ${countOf(mounts)}`,
      value: median(enabling.slice(-tenth)),
    },
  );
  return measured;
}

function countOf(count: number): string {
  return count.toLocaleString("en-US");
}
