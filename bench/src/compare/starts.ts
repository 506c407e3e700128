import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { expectSuccess } from "../expect-success.ts";
import { median } from "../median.ts";
import { pluginProcesses } from "../processes/plugin-processes.ts";
import { timed } from "../timed.ts";
import { type FigureTable, withRatios } from "./figure.ts";
import { inRounds } from "./in-rounds.ts";
import type { Upstream } from "./operations.ts";

const TIMEOUT_MS = 60_000;

const ENABLE = "secrets enable, without a process";
const FIRST = "the first request after it, a config write";
const AFTER_DEATH = "the first answer after its process is killed";

/** Measures how long a plugin takes to begin, in rounds, at a server that has no mount of it. */
export async function measureStarts(
  server: Server,
  upstream: Upstream,
  plugins: readonly string[],
  rounds: number,
): Promise<FigureTable> {
  const times: { readonly row: string; readonly plugin: string; readonly ms: number }[] = [];
  await inRounds([plugins], rounds, async (plugin, counts) => {
    const measured = await measureStart(server, upstream, plugin);
    if (counts) times.push(...measured.map(([row, ms]) => ({ row, plugin, ms })));
  });
  const figures = [ENABLE, FIRST, AFTER_DEATH].flatMap((row) =>
    plugins.map((plugin) => ({
      row,
      plugin,
      value: median(
        times.filter((time) => time.row === row && time.plugin === plugin).map(({ ms }) => ms),
      ),
    })),
  );
  return { title: "Starts, ms", digits: 0, figures: withRatios(figures, plugins[0]) };
}

async function measureStart(
  server: Server,
  { address, credentials: { token, userId } }: Upstream,
  name: string,
): Promise<readonly (readonly [row: string, ms: number])[]> {
  const enabling = await timed(() =>
    expectSuccess(server, "POST", `sys/mounts/${name}`, { type: name }),
  );
  const first = await timed(() =>
    expectSuccess(server, "PUT", `${name}/config`, { address, token }),
  );
  await expectSuccess(server, "PUT", `${name}/role/user`, { user_id: userId });
  for (const pid of await pluginProcesses(server, name)) process.kill(pid, "SIGKILL");
  const afterDeath = await timed(() =>
    until(async () => (await server.request("GET", `${name}/role/user`)).status === 200),
  );
  await expectSuccess(server, "DELETE", `sys/mounts/${name}`);
  await until(async () => (await pluginProcesses(server, name)).length === 0);
  return [
    [ENABLE, enabling],
    [FIRST, first],
    [AFTER_DEATH, afterDeath],
  ];
}

/** Waits for something. @throws Error after a minute. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Error("a plugin neither starts nor stops within a minute");
    await sleep(1);
  }
}
