/**
 * `npm run bench:revocations -- --other=FILE [--leases=1000]`: how long it takes to delete the
 * tokens of leases that are revoked at once. The simulator has Terraform Cloud's limit of 30
 * requests a second.
 *
 * Our plugin and another one of the same engine are measured one after the other. Ours issues
 * credentials meanwhile.
 */
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, startDevServer } from "@vault-ts/openbao";
import { percentile } from "./percentile.ts";
import { revokeAll } from "./revocations-run.ts";

const RATE_LIMIT = 30;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { other: { type: "string" }, leases: { type: "string", default: "1000" } },
  });
  const plugins = [
    { name: "ours", file: await buildPlugin() },
    ...(values.other ? [{ name: "other", file: values.other }] : []),
  ];
  const leases = Number(values.leases);
  await using server = await startDevServer({
    binary: await findServer(),
    plugins,
    logLevel: "warn",
  });
  const times: Record<string, number> = {};
  for (const { name } of plugins) {
    const readsAlong = name === "ours";
    const { seconds, left, irrevocable, latencies } = await revokeAll(server, {
      plugin: name,
      leases,
      rateLimit: RATE_LIMIT,
      readsAlong,
    });
    times[name] = seconds;
    console.log(
      `${name}: ${leases} tokens gone in ${seconds.toFixed(1)} s, ${(leases / seconds).toFixed(1)} a second; ${left} left, ${irrevocable} irrevocable` +
        (readsAlong
          ? `; creds beside it: p50 ${percentile(latencies, 0.5).toFixed(0)} ms, p99 ${percentile(latencies, 0.99).toFixed(0)} ms`
          : ""),
    );
  }
  if (times["other"] !== undefined) {
    console.log(`ratio ${((times["ours"] ?? Number.NaN) / times["other"]).toFixed(2)}`);
  }
});
