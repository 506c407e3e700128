import { setTimeout as sleep } from "node:timers/promises";
import { apiRequest } from "./api-request.ts";
import { type Instance, launch } from "./instance.ts";
import { OpenBaoError } from "./openbao-error.ts";
import { initialize, type Keys, runRaftNode, unseal } from "./raft-node.ts";
import { type RaftServer, raftServer } from "./raft-server.ts";
import { registerPlugin } from "./register-plugin.ts";
import type { ServerOptions } from "./site.ts";

/** Servers that replicate their data with Raft: one is active, the others are standbys. */
export interface RaftCluster extends AsyncDisposable {
  readonly nodes: readonly RaftServer[];
  /**
   * Returns the active node, once there is one.
   *
   * @throws OpenBaoError `not_started` if there is none within three minutes.
   */
  active(): Promise<RaftServer>;
  /** Returns the running nodes except for the active one. */
  standbys(): Promise<readonly RaftServer[]>;
  /**
   * Makes the active node step down, and waits for another to become active.
   *
   * @returns that one.
   * @throws OpenBaoError `refused` or `not_started`.
   */
  stepDown(): Promise<RaftServer>;
  /** Stops all nodes and removes their data. Idempotent. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 180_000;
const INTERVAL_MS = 50;

/**
 * Starts a cluster, unsealed, with the plugins registered, whose nodes are all voters. It stops
 * with this process.
 *
 * @throws OpenBaoError `no_plugin`, `not_started` or `refused`.
 */
export async function startRaftCluster(
  options: Omit<ServerOptions, "port">,
  { nodes: size }: { readonly nodes: number },
): Promise<RaftCluster> {
  const nodes: RaftServer[] = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await launch(options, runRaftNode, async (instance) => {
      const keys = await initialize(instance);
      await unseal(instance, keys.key, "active");
      const first = raftServer(instance, keys, "any");
      nodes.push(first);
      for (const plugin of instance.site.plugins) await registerPlugin(first, plugin);
      // Otherwise a node waits ten seconds for its vote.
      await first.request("POST", "sys/storage/raft/autopilot/configuration", {
        server_stabilization_time: "1s",
      });
      for (let index = 1; index < size; index += 1) {
        nodes.push(await launch(options, runRaftNode, (joining) => join(joining, first, keys)));
      }
      await until(
        async () => (await votersOf(first)) === size,
        "not all nodes of the cluster became voters",
      );
    });
    return clusterOf(nodes, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function join(instance: Instance, first: RaftServer, keys: Keys): Promise<RaftServer> {
  const { address } = instance.site;
  const { status } = await apiRequest(address, "POST", "sys/storage/raft/join", {
    body: { leader_api_addr: first.address },
  });
  if (status !== 200)
    throw new OpenBaoError("refused", `joining a node failed with status ${status}`);
  await unseal(instance, keys.key, "any");
  return raftServer(instance, keys, "any");
}

function clusterOf(nodes: readonly RaftServer[], stop: () => Promise<void>): RaftCluster {
  const statusOf = async (node: RaftServer): Promise<number> => {
    const answer = await node.request("GET", "sys/health").catch(() => undefined);
    return answer?.status ?? 0;
  };
  const active = async (): Promise<RaftServer> => {
    let found: RaftServer | undefined;
    await until(async () => {
      const statuses = await Promise.all(nodes.map(statusOf));
      found = nodes[statuses.indexOf(200)];
      return found !== undefined;
    }, "the cluster has no active node");
    if (!found) throw new OpenBaoError("not_started", "the cluster has no active node");
    return found;
  };
  return {
    nodes,
    active,
    async stepDown() {
      const stepping = await active();
      const { status } = await stepping.request("PUT", "sys/step-down");
      if (status !== 204) {
        throw new OpenBaoError("refused", `stepping down failed with status ${status}`);
      }
      // It responds before it begins.
      await until(
        async () => (await statusOf(stepping)) !== 200,
        "the active node didn't step down",
      );
      return await active();
    },
    async standbys() {
      const statuses = await Promise.all(nodes.map(statusOf));
      return nodes.filter((_, index) => [429, 473].includes(statuses[index] ?? 0));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function votersOf(node: RaftServer): Promise<number> {
  const { body } = await node.request("GET", "sys/storage/raft/configuration");
  const { data } = (body ?? {}) as {
    data?: { config?: { servers?: readonly { voter?: boolean }[] } };
  };
  return (data?.config?.servers ?? []).filter(({ voter }) => voter).length;
}

async function until(probe: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new OpenBaoError("not_started", otherwise);
    await sleep(INTERVAL_MS);
  }
}
