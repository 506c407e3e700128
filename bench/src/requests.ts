/**
 * `npm run bench:requests -- --other=FILE [--rounds=7]`: how many reads of a role a real server
 * answers in a second, for 16 clients. Our plugin and another one of the same engine are measured
 * in turns.
 */
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, type Server, startDevServer } from "@vault-ts/openbao";
import { expectSuccess } from "./expect-success.ts";
import { median } from "./median.ts";

const CLIENTS = 16;
const ROUND_MS = 2000;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { other: { type: "string" }, rounds: { type: "string", default: "7" } },
  });
  if (!values.other)
    throw new Error(
      "--other must be the file of another plugin of this engine, such as HashiCorp's.",
    );
  const plugins = [
    { name: "ours", file: await buildPlugin() },
    { name: "other", file: values.other },
  ];
  await using server = await startDevServer({
    binary: await findServer(),
    plugins,
    logLevel: "warn",
  });
  for (const { name } of plugins) {
    await expectSuccess(server, "POST", `sys/mounts/${name}`, { type: name });
    await expectSuccess(server, "PUT", `${name}/role/bench`, {
      user_id: "user-12345abcde",
      ttl: 3600,
    });
  }
  const rates = { ours: [] as number[], other: [] as number[] };
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    for (const name of ["ours", "other"] as const) {
      const rate = await measure(server, `${name}/role/bench`);
      // The first round warms up.
      if (round > 0) rates[name].push(rate);
    }
  }
  const [ours, other] = [median(rates.ours), median(rates.other)];
  console.log(
    `reads of a role in a second, ${CLIENTS} clients, median of ${values.rounds}: ours ${ours.toFixed(0)}, other ${other.toFixed(0)}, ratio ${(ours / other).toFixed(2)}`,
  );
});

/** Returns responses a second. */
async function measure({ address, rootToken }: Server, path: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  const end = performance.now() + ROUND_MS;
  let answers = 0;
  const read = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { "x-vault-token": rootToken };
      request(`${address}/v1/${path}`, { agent, headers }, (response) => {
        if (response.statusCode !== 200)
          reject(new Error(`a read failed with status ${response.statusCode}.`));
        response.resume().once("end", resolve);
      })
        .once("error", reject)
        .end();
    });
  const client = async () => {
    while (performance.now() < end) {
      await read();
      answers += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
  return (answers * 1000) / ROUND_MS;
}
