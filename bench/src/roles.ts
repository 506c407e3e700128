/**
 * `npm run bench:roles -- [--other=FILE] [--many=12000] [--rounds=40]`: how long reads, writes and
 * deletions of roles, and reads of stored creds take. It compares a mount with 100 roles and one
 * with many. Our plugin and another one of the same engine are measured in turns.
 */
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expectSuccess } from "./expect-success.ts";
import { fillRoles } from "./fill-roles.ts";
import { percentile } from "./percentile.ts";

const FEW = 100;

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      other: { type: "string" },
      many: { type: "string", default: "12000" },
      rounds: { type: "string", default: "40" },
    },
  });
  const plugins = [
    { name: "ours", file: await buildPlugin() },
    ...(values.other ? [{ name: "other", file: values.other }] : []),
  ];
  await using server = await startDevServer({
    binary: await findServer(),
    plugins,
    logLevel: "warn",
  });
  await using simulator = await startSimulator();
  const { address, credentials } = simulator;
  const mounts = plugins.flatMap(({ name }) =>
    [FEW, Number(values.many)].map((roles) => ({ plugin: name, roles, path: `${name}-${roles}` })),
  );
  for (const { plugin, roles, path } of mounts) {
    await expectSuccess(server, "POST", `sys/mounts/${path}`, { type: plugin });
    await expectSuccess(server, "PUT", `${path}/config`, { address, token: credentials.token });
    await fillRoles(server, path, roles, credentials.organization);
    await expectSuccess(server, "PUT", `${path}/role/bench`, {
      organization: credentials.organization,
    });
  }
  const operations: Readonly<Record<string, (path: string, round: number) => Promise<unknown>>> = {
    "role read": (path) => server.request("GET", `${path}/role/bench`),
    creds: (path) => server.request("GET", `${path}/creds/bench`),
    "role write": (path, round) =>
      expectSuccess(server, "PUT", `${path}/role/bench`, {
        organization: credentials.organization,
        description: `round ${round}`,
      }),
    "role write and delete": async (path) => {
      const { organization } = credentials;
      await expectSuccess(server, "PUT", `${path}/role/short-lived`, { organization });
      await server.request("DELETE", `${path}/role/short-lived`);
    },
  };
  for (const [operation, ask] of Object.entries(operations)) {
    const times = new Map(mounts.map(({ path }) => [path, [] as number[]]));
    for (let round = 0; round <= Number(values.rounds); round += 1) {
      for (const { path } of mounts) {
        const start = performance.now();
        await ask(path, round);
        // The first round warms up.
        if (round > 0) times.get(path)?.push(performance.now() - start);
      }
    }
    for (const { plugin, roles, path } of mounts) {
      const [p50, p99] = [0.5, 0.99].map((part) =>
        percentile(times.get(path) ?? [], part).toFixed(1),
      );
      console.log(`${operation}, ${plugin}, ${roles} roles: p50 ${p50} ms, p99 ${p99} ms`);
    }
  }
});
