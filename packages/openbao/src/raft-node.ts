import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { apiRequest } from "./api-request.ts";
import { HOST } from "./free-port.ts";
import type { Instance, Run } from "./instance.ts";
import { OpenBaoError } from "./openbao-error.ts";
import type { Site } from "./site.ts";

/**
 * The statuses of `sys/health` on a node that serves requests: the active one, or a standby of one.
 */
const STATUSES = { active: [200], any: [200, 429, 473] } as const;

/** The awaited state of a node: the active one, or any that serves requests. */
export type Role = keyof typeof STATUSES;

/** How a node of a cluster with Raft storage is run. */
export async function runRaftNode({ address, folder, port, options }: Site): Promise<Run> {
  // As the server's default.
  const cluster = `${HOST}:${port + 1}`;
  const path = join(folder, "data");
  await mkdir(path);
  return {
    args: [],
    env: {},
    settings: {
      api_addr: address,
      cluster_addr: `https://${cluster}`,
      listener: {
        tcp: { address: `${HOST}:${port}`, cluster_address: cluster, tls_disable: true },
      },
      // As in memory: tests read what a plugin has stored.
      raw_storage_endpoint: true,
      // Vault counts the rollbacks of each mount only with this setting; OpenBao always does, and
      // has no such setting.
      telemetry: { add_mount_point_rollback_metrics: true },
      // Elections of one node in a second instead of five.
      storage: { raft: { path, node_id: `node-${port}`, performance_multiplier: "1" } },
      // Vault requires it with Raft; OpenBao never locks memory.
      ...(options.binary.kind === "vault" && { disable_mlock: true }),
    },
  };
}

export interface Keys {
  readonly key: string;
  readonly rootToken: string;
}

/** Initializes the first node of a cluster, with one key share. */
export async function initialize({ site }: Instance): Promise<Keys> {
  const { status, body } = await apiRequest(site.address, "PUT", "sys/init", {
    body: { secret_shares: 1, secret_threshold: 1 },
  });
  const { keys_base64: [key] = [], root_token: rootToken } = (body ?? {}) as Initialized;
  if (typeof key !== "string" || typeof rootToken !== "string") {
    throw new OpenBaoError("refused", `initializing the server failed with status ${status}`);
  }
  return { key, rootToken };
}

/** Returns the body of a successful response. */
interface Initialized {
  readonly keys_base64?: readonly unknown[];
  readonly root_token?: unknown;
}

/** Seals a node, and waits until it is sealed. @throws OpenBaoError `refused` or `not_started`. */
export async function seal(instance: Instance, token: string): Promise<void> {
  const { address } = instance.site;
  const { status } = await apiRequest(address, "PUT", "sys/seal", { token });
  if (status !== 204) {
    throw new OpenBaoError("refused", `sealing the server failed with status ${status}`);
  }
  await instance.waitUntil(
    async () => (await apiRequest(address, "GET", "sys/health")).status === 503,
  );
}

/** Unseals a node, and waits until it has the awaited state. */
export async function unseal(instance: Instance, key: string, role: Role): Promise<void> {
  const { address } = instance.site;
  const { status } = await apiRequest(address, "PUT", "sys/unseal", { body: { key } });
  if (status !== 200) {
    throw new OpenBaoError("refused", `unsealing the server failed with status ${status}`);
  }
  const wanted: readonly number[] = STATUSES[role];
  await instance.waitUntil(async () =>
    wanted.includes((await apiRequest(address, "GET", "sys/health")).status),
  );
}
