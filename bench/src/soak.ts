/**
 * `npm run bench:soak -- [--seconds=1800] [--seed=1] [--faults=0.05] [--kills=SECONDS]`: clients
 * issue, renew, revoke, rotate and write roles without a break, at Terraform Cloud's limit of 30
 * requests a second.
 *
 * Requests to it fail at random, and the plugin's process is killed every so many seconds. At the
 * end, the tokens must be those of leases and the stored ones.
 */
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, startRaftServer } from "@vault-ts/openbao";
import { slopePerHour } from "./memory.ts";
import { percentile } from "./percentile.ts";
import { soak } from "./soak-run.ts";

/** The share of the time in which the process still grows to its size. */
const WARM_UP = 0.25;

await runCommand(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "1800" },
      seed: { type: "string", default: "1" },
      faults: { type: "string", default: "0.05" },
      kills: { type: "string" },
    },
  });
  const seconds = Number(values.seconds);
  const plugins = [{ name: "terraform", file: await buildPlugin() }];
  await using server = await startRaftServer({
    binary: await findServer(),
    plugins,
    logLevel: "warn",
  });
  const result = await soak(server, {
    seconds,
    seed: Number(values.seed),
    faultRate: Number(values.faults),
    ...(values.kills !== undefined && { killEvery: Number(values.kills) }),
  });
  const { answers, faults, requests, latencies, memory, wrongs } = result;
  const warm = memory.filter((sample) => sample.seconds >= seconds * WARM_UP);
  console.log(
    `${seconds} s, seed ${values.seed}: ${latencies.length} requests, ${requests} to Terraform Cloud`,
  );
  for (const [name, times] of Object.entries(answers)) console.log(`  ${name}, ${times} times`);
  console.log(`the plugin was killed ${result.kills} times; faults:`);
  for (const [name, times] of Object.entries(faults)) console.log(`  ${name}, ${times} times`);
  console.log(
    `latency: p50 ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms`,
  );
  console.log(
    `memory of the plugin: ${memory[0]?.megabytes.toFixed(0)} MB at first, ${warm[0]?.megabytes.toFixed(0)} MB warmed up after ${seconds * WARM_UP} s, ${memory.at(-1)?.megabytes.toFixed(0)} MB in the end; slope since then ${slopePerHour(warm).toFixed(1)} MB an hour`,
  );
  console.log(
    wrongs.length === 0 ? "tokens and leases agree, none is irrevocable" : wrongs.join("\n"),
  );
  if (wrongs.length > 0) process.exitCode = 1;
});
