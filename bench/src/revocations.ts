/**
 * `npm run bench:revocations -- --other=FILE [--leases=1000]`: how long it takes until the tokens of leases that end all at once are gone, at
 * Terraform Cloud's limit of 30 requests a second, with our plugin and with another one of the same engine, one after the other. Ours
 * hands out credentials all the while.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { buildPlugin } from "@vault-ts/dev";
import { findServer, runCommand, type Server, startDevServer } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";

const RATE_LIMIT = 30;
const CLIENTS = 8;
const TIMEOUT_MS = 10 * 60_000;

await runCommand(async () => {
  const { values } = parseArgs({
    options: { other: { type: "string" }, leases: { type: "string", default: "1000" } },
  });
  const plugins = [
    { name: "ours", file: await buildPlugin() },
    ...(values.other ? [{ name: "other", file: values.other }] : []),
  ];
  const leases = Number(values.leases);
  await using server = await startDevServer({ binary: await findServer(), plugins, logLevel: "warn" });
  const seconds: Record<string, number> = {};
  for (const { name } of plugins) {
    await using simulator = await startSimulator();
    await prepare(server, name, simulator, leases);
    simulator.rateLimit = RATE_LIMIT;
    const start = performance.now();
    await expectSuccess(server, "PUT", `sys/leases/revoke-prefix/${name}/creds/bench`, { sync: false });
    const reads = new AbortController();
    const latencies = name === "ours" ? readAlong(server, simulator, reads.signal) : Promise.resolve([]);
    while (held(simulator) > 0 && performance.now() - start < TIMEOUT_MS) await sleep(50);
    const took = (performance.now() - start) / 1000;
    reads.abort();
    seconds[name] = took;
    const { body } = await server.request("GET", "sys/leases?type=irrevocable&include_child_namespaces=true");
    const { data } = (body ?? {}) as { data?: { lease_count?: number } };
    const p99 = percentile(await latencies, 0.99);
    console.log(
      `${name}: ${leases} tokens gone in ${took.toFixed(1)} s, ${(leases / took).toFixed(1)} a second; ${held(simulator)} left, ${data?.lease_count ?? "?"} irrevocable` +
        (p99 === undefined ? "" : `; creds beside it: p99 ${p99.toFixed(0)} ms`),
    );
  }
  if (seconds["other"] !== undefined) {
    console.log(`ratio ${((seconds["ours"] ?? Number.NaN) / seconds["other"]).toFixed(2)}`);
  }
});

/** A mount whose leases are there. */
async function prepare(server: Server, name: string, simulator: Simulator, leases: number): Promise<void> {
  const { token, userId, teamId } = simulator.credentials;
  await expectSuccess(server, "POST", `sys/mounts/${name}`, { type: name });
  await expectSuccess(server, "PUT", `${name}/config`, { address: simulator.address, token });
  await expectSuccess(server, "PUT", `${name}/role/bench`, { user_id: userId, ttl: 3600 });
  await expectSuccess(server, "PUT", `${name}/role/beside`, {
    team_id: teamId,
    credential_type: "team",
    ttl: 3600,
  });
  let left = leases;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await expectSuccess(server, "GET", `${name}/creds/bench`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Takes credentials of another role, again and again. @returns how long each took, in milliseconds. */
async function readAlong(server: Server, simulator: Simulator, signal: AbortSignal): Promise<number[]> {
  const latencies: number[] = [];
  while (!signal.aborted && held(simulator) > 0) {
    const start = performance.now();
    await expectSuccess(server, "GET", "ours/creds/beside");
    latencies.push(performance.now() - start);
    await sleep(500);
  }
  return latencies;
}

/** How many of the leases' tokens are there. */
function held({ world, credentials }: Simulator): number {
  return world.tokens.filter(({ owner, text }) => owner.type === "users" && text !== credentials.token)
    .length;
}

function percentile(values: readonly number[], part: number): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * part)];
}

async function expectSuccess(server: Server, method: string, path: string, body?: unknown): Promise<void> {
  const { status, body: answer } = await server.request(method, path, body);
  if (status >= 300)
    throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(answer)}`);
}
