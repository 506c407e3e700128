/**
 * `npm run bench -- [--plugins=go,node20,node24,node26,bun] [--file NAME=PATH] [--operations=…]
 * [--clients=1,16,64] [--rounds=7] [--slice-ms=500]`: ours on several runtimes and HashiCorp's
 * plugin, at the same server, in turns.
 */
import { parseArgs } from "node:util";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { prepareContenders } from "./compare/contenders.ts";
import { figuresOf } from "./compare/figures.ts";
import { measureRequests } from "./compare/measure-requests.ts";
import { OPERATIONS, prepareCeiling, prepareMount, type Upstream } from "./compare/operations.ts";
import { startHelperProcess } from "./helper-process.ts";
import { requestsTable } from "./report/requests-table.ts";

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      plugins: { type: "string", default: "go,node20,node24,node26,bun" },
      file: { type: "string", multiple: true, default: [] },
      operations: { type: "string", default: Object.keys(OPERATIONS).join(",") },
      clients: { type: "string", default: "1,16,64" },
      rounds: { type: "string", default: "7" },
      "slice-ms": { type: "string", default: "500" },
    },
  });
  const say = (message: string) => process.stderr.write(`${message}\n`);
  const plugins = await prepareContenders(listOf(values.plugins), values.file, say);
  await using simulator = startHelperProcess(new URL("simulator-process.ts", import.meta.url));
  const upstream = await simulator.ask<Upstream>({});
  await using load = startHelperProcess(new URL("load/load-process.ts", import.meta.url));
  await using server = await startDevServer({
    binary: await findServer({ onProgress: say }),
    plugins,
    logLevel: "warn",
  });
  for (const { name } of plugins) await prepareMount(server, name, upstream);
  await prepareCeiling(server);
  const cells = await measureRequests(server, upstream, load, {
    plugins: plugins.map(({ name }) => name),
    operations: listOf(values.operations),
    clients: listOf(values.clients).map(Number),
    rounds: Number(values.rounds),
    sliceMs: Number(values["slice-ms"]),
  });
  console.log(requestsTable(figuresOf(cells)));
});

function listOf(text: string): readonly string[] {
  return text.split(",").filter((part) => part !== "");
}
