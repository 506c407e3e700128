/**
 * `npm run bench:stored-creds -- [--seconds=300] [--other=FILE]`: how many reads of a stored token
 * a real server serves, for 64 clients. With our plugin the token is rotated every second; with
 * another one of the same engine it isn't.
 */
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { percentile } from "./percentile.ts";
import { readStoredCreds } from "./stored-creds-run.ts";

const CLIENTS = 64;
const ROTATE_EVERY = 1;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "300" }, other: { type: "string" } },
  });
  const seconds = Number(values.seconds);
  const plugins = [
    { name: "ours", file: await buildPlugin() },
    ...(values.other ? [{ name: "other", file: values.other }] : []),
  ];
  const rates: Record<string, number> = {};
  for (const plugin of plugins) {
    await using server = await startDevServer({
      binary: await findServer(),
      plugins: [plugin],
      logLevel: "warn",
    });
    const result = await readStoredCreds(server, {
      plugin: plugin.name,
      seconds,
      clients: CLIENTS,
      ...(plugin.name === "ours" && { rotateEvery: ROTATE_EVERY }),
    });
    const { reads, latencies, rotations, dead, megabytes } = result;
    rates[plugin.name] = reads / seconds;
    const [before, after] = megabytes.map((size) => size?.toFixed(0) ?? "?");
    console.log(
      `${plugin.name}: ${reads} reads in ${seconds} s, ${(reads / seconds).toFixed(0)} a second; p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms, longest ${percentile(latencies, 1).toFixed(1)} ms; ${rotations} rotations, ${dead} reads of a token that was dead; memory ${before} MB, then ${after} MB`,
    );
  }
  if (rates["other"] !== undefined) {
    console.log(`ratio ${((rates["ours"] ?? Number.NaN) / rates["other"]).toFixed(2)}`);
  }
});
