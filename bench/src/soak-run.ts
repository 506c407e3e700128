import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { FAULTS, type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expectSuccess } from "./expect-success.ts";
import { type MemorySample, residentMegabytes } from "./memory.ts";
import { seededRandom } from "./seeded-random.ts";

export interface SoakOptions {
  /** How long clients work. */
  readonly seconds: number;
  readonly seed: number;
  /** The share of faulty requests to Terraform Cloud. */
  readonly faultRate: number;
  /** Mean seconds between kills of the plugin's process; none if absent. */
  readonly killEvery?: number;
}

export interface SoakResult {
  /** Requests to the server, by their kind and status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Faulty requests to Terraform Cloud, by their fault. */
  readonly faults: Readonly<Record<string, number>>;
  readonly requests: number;
  /** Milliseconds that requests took. */
  readonly latencies: readonly number[];
  readonly memory: readonly MemorySample[];
  /** How often the plugin's process was killed. */
  readonly kills: number;
  /** Failed checks at the end. */
  readonly wrongs: readonly string[];
}

const MOUNT = "soak";
const CLIENTS = 8;
const MAX_PAUSE_MS = 1000;
/** So many are created in less time than the shortest lease lasts. */
const RECENT = 100;
const SETTLE_MS = 300_000;
/**
 * A process younger than this isn't killed. OpenBao 2.7.2 keeps one that dies while its mount is
 * set up for the present one, and never starts another.
 */
const SETTING_UP_MS = 500;

/**
 * Lets clients use a mount while its Terraform Cloud fails at random, and checks the final state.
 */
export async function soak(server: Server, options: SoakOptions): Promise<SoakResult> {
  await using simulator = await startSimulator({ rateLimit: 30 });
  const random = seededRandom(options.seed);
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(random() * items.length)];
  const [answers, faults] = [new Map<string, number>(), new Map<string, number>()];
  const latencies: number[] = [];
  const count = (counts: Map<string, number>, name: string) =>
    counts.set(name, (counts.get(name) ?? 0) + 1);

  const send = async (name: string, method: string, path: string, body?: unknown) => {
    const start = performance.now();
    const answer = await server.request(method, path, body);
    latencies.push(performance.now() - start);
    count(answers, `${name}: ${answer.status}`);
    return answer;
  };
  /** The latest ones, all of which are valid. */
  const leases: string[] = [];
  const takeCreds = async (role: string) => {
    const { status, body } = await send(`creds of a ${role}`, "GET", `${MOUNT}/creds/${role}`);
    if (status === 200) leases.push((body as { lease_id: string }).lease_id);
    leases.splice(0, leases.length - RECENT);
  };
  const about = async (what: "renew" | "revoke", leaseId: string | undefined) => {
    if (leaseId !== undefined)
      await send(what, "PUT", `sys/leases/${what}`, { lease_id: leaseId, sync: true });
  };
  const actions: readonly (readonly [weight: number, work: () => Promise<unknown>])[] = [
    [30, () => takeCreds("user")],
    [25, () => takeCreds("team")],
    [10, () => about("renew", pick(leases))],
    [12, () => about("revoke", leases.splice(Math.floor(random() * leases.length), 1)[0])],
    [12, () => send("stored creds", "GET", `${MOUNT}/creds/${pick(STORED)}`)],
    [4, () => send("rotation", "PUT", `${MOUNT}/rotate-role/${pick(STORED)}`)],
    [4, () => send("role", "PUT", `${MOUNT}/role/user`, { ttl: pick([20, 30, 40]) })],
    [3, () => send("config", "PUT", `${MOUNT}/config`, { token: simulator.credentials.token })],
  ];
  const deck = actions.flatMap(([weight, work]) => Array.from({ length: weight }, () => work));

  await prepare(server, simulator);
  simulator.fault = () => {
    if (random() >= options.faultRate) return undefined;
    const fault = pick(FAULTS);
    if (fault) count(faults, fault);
    return fault;
  };
  const memory: MemorySample[] = [];
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const client = async () => {
    while (elapsed() < options.seconds) {
      await pick(deck)?.();
      await sleep(random() * MAX_PAUSE_MS);
    }
  };
  const watch = async () => {
    while (elapsed() < options.seconds) {
      const [pid] = await server.pluginProcesses();
      const megabytes = pid === undefined ? undefined : await residentMegabytes(pid);
      if (megabytes !== undefined) memory.push({ seconds: elapsed(), megabytes });
      await sleep(1000);
    }
  };
  let kills = 0;
  const kill = async (meanSeconds: number) => {
    while (elapsed() < options.seconds) {
      const before = await server.pluginProcesses();
      await sleep(Math.max(SETTING_UP_MS, 2 * random() * meanSeconds * 1000));
      for (const pid of await server.pluginProcesses()) {
        if (!before.includes(pid)) continue;
        process.kill(pid, "SIGKILL");
        kills += 1;
      }
    }
  };
  await Promise.all([
    watch(),
    ...(options.killEvery === undefined ? [] : [kill(options.killEvery)]),
    ...Array.from({ length: CLIENTS }, client),
  ]);
  simulator.fault = undefined;
  const wrongs = await settle(server, simulator);
  return {
    answers: Object.fromEntries([...answers].sort()),
    faults: Object.fromEntries([...faults].sort()),
    requests: simulator.requests.length,
    latencies,
    memory,
    kills,
    wrongs,
  };
}

const STORED = ["organization", "legacy"] as const;

async function prepare(server: Server, { address, credentials }: Simulator): Promise<void> {
  const { token, userId, teamId, organization } = credentials;
  const writes: readonly (readonly [path: string, data: object])[] = [
    [`sys/mounts/${MOUNT}`, { type: "terraform" }],
    [`${MOUNT}/config`, { address, token, request_timeout: 2 }],
    [`${MOUNT}/role/user`, { user_id: userId, ttl: 30, max_ttl: 60 }],
    [`${MOUNT}/role/team`, { team_id: teamId, credential_type: "team", ttl: 30, max_ttl: 60 }],
    [`${MOUNT}/role/organization`, { organization }],
    [`${MOUNT}/role/legacy`, { team_id: teamId }],
  ];
  for (const [path, data] of writes) await expectSuccess(server, "POST", path, data);
}

/**
 * Waits until tokens and leases agree, revokes all leases, and waits again.
 *
 * @returns failed checks.
 */
async function settle(server: Server, simulator: Simulator): Promise<readonly string[]> {
  const wrongs = await untilAgreed(server, simulator);
  if (wrongs.length > 0) return wrongs;
  // As many of each can be different ones: an orphaned token, and a lease whose token has gone.
  await server.request("PUT", `sys/leases/revoke-prefix/${MOUNT}/creds`, { sync: true });
  return await untilAgreed(server, simulator);
}

async function untilAgreed(server: Server, simulator: Simulator): Promise<readonly string[]> {
  const deadline = performance.now() + SETTLE_MS;
  let wrongs = await wrongsOf(server, simulator);
  while (wrongs.length > 0 && performance.now() < deadline) {
    await sleep(1000);
    wrongs = await wrongsOf(server, simulator);
  }
  return wrongs;
}

async function wrongsOf(server: Server, { world }: Simulator): Promise<readonly string[]> {
  const leases = (
    await Promise.all(
      ["user", "team"].map((role) => keys(server, `sys/leases/lookup/${MOUNT}/creds/${role}`)),
    )
  ).flat().length;
  const stored = await Promise.all(
    STORED.map(async (role) => {
      const { body } = await server.request("GET", `${MOUNT}/creds/${role}`);
      return (body as { data?: { token?: string } }).data?.token;
    }),
  );
  const dead = stored.filter((token) => !world.tokens.some(({ text }) => text === token)).length;
  const held = 1 + stored.length + leases;
  const irrevocable = await server.request(
    "GET",
    "sys/leases?type=irrevocable&include_child_namespaces=true",
  );
  const lost = (irrevocable.body as { data?: { lease_count?: number } }).data?.lease_count ?? 0;
  return [
    world.tokens.length === held
      ? ""
      : `${world.tokens.length} tokens are there, and ${held} are held`,
    dead === 0 ? "" : `${dead} stored tokens are dead`,
    lost === 0 ? "" : `${lost} leases can't be revoked`,
  ].filter((text) => text !== "");
}

async function keys(server: Server, path: string): Promise<readonly string[]> {
  const { body } = await server.request("LIST", path);
  return (body as { data?: { keys?: string[] } } | undefined)?.data?.keys ?? [];
}
