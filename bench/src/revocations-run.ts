import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expectSuccess } from "./expect-success.ts";

export interface RevocationsOptions {
  /** The plugin's name at the server, and the path of its mount. */
  readonly plugin: string;
  readonly leases: number;
  /** Terraform Cloud's rate limit, in requests a second. */
  readonly rateLimit: number;
  /** Whether creds of another role are read meanwhile, twice a second. */
  readonly readsAlong: boolean;
}

export interface RevocationsResult {
  /** Until the tokens of all leases were gone. */
  readonly seconds: number;
  /** Tokens that still exist. */
  readonly left: number;
  /** Irrevocable leases. */
  readonly irrevocable: number;
  /** Milliseconds of the creds reads meanwhile. */
  readonly latencies: readonly number[];
}

const CLIENTS = 8;
const TIMEOUT_MS = 10 * 60_000;
/** The time that the limit is for, and some more. */
const SECOND_MS = 1100;

/** Revokes leases all at once. @throws Error if a creds read fails meanwhile. */
export async function revokeAll(
  server: Server,
  options: RevocationsOptions,
): Promise<RevocationsResult> {
  const { plugin, leases, rateLimit, readsAlong } = options;
  await using simulator = await startSimulator();
  await prepare(server, plugin, simulator, leases);
  simulator.rateLimit = rateLimit;
  // As in production, the plugin knows the rate limit, and has sent few requests in the last
  // second.
  await expectSuccess(server, "GET", `${plugin}/creds/beside`);
  await sleep(SECOND_MS);
  const start = performance.now();
  await expectSuccess(server, "PUT", `sys/leases/revoke-prefix/${plugin}/creds/bench`, {
    sync: false,
  });
  const isOver = () => held(simulator) === 0 || performance.now() - start > TIMEOUT_MS;
  const along = readsAlong ? readAlong(server, plugin, isOver) : [];
  while (!isOver()) await sleep(20);
  const seconds = (performance.now() - start) / 1000;
  const body = await expectSuccess(
    server,
    "GET",
    "sys/leases?type=irrevocable&include_child_namespaces=true",
  );
  const { data } = body as { readonly data: { readonly lease_count: number } };
  return { seconds, left: held(simulator), irrevocable: data.lease_count, latencies: await along };
}

/** A mount with leases. */
async function prepare(
  server: Server,
  plugin: string,
  simulator: Simulator,
  leases: number,
): Promise<void> {
  const { token, userId, teamId } = simulator.credentials;
  await expectSuccess(server, "POST", `sys/mounts/${plugin}`, { type: plugin });
  await expectSuccess(server, "PUT", `${plugin}/config`, { address: simulator.address, token });
  await expectSuccess(server, "PUT", `${plugin}/role/bench`, { user_id: userId, ttl: 3600 });
  await expectSuccess(server, "PUT", `${plugin}/role/beside`, {
    team_id: teamId,
    credential_type: "team",
    ttl: 3600,
  });
  let left = leases;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await expectSuccess(server, "GET", `${plugin}/creds/bench`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

/** Reads creds of another role repeatedly. @returns how long each took, in milliseconds. */
async function readAlong(
  server: Server,
  plugin: string,
  isOver: () => boolean,
): Promise<readonly number[]> {
  const latencies: number[] = [];
  while (!isOver()) {
    const start = performance.now();
    await expectSuccess(server, "GET", `${plugin}/creds/beside`);
    latencies.push(performance.now() - start);
    await sleep(500);
  }
  return latencies;
}

/** Returns how many of the leases' tokens exist. */
function held({ world, credentials }: Simulator): number {
  return world.tokens.filter(
    ({ owner, text }) => owner.type === "users" && text !== credentials.token,
  ).length;
}
