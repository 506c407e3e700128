import { setTimeout as sleep } from "node:timers/promises";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type RaftCluster, type Server, startRaftCluster } from "@vault-ts/openbao";
import { afterAll, beforeAll } from "vitest";
import { type Answer, type Mount, newMount, request } from "./mount.ts";
import { leasesOf } from "./mount-state.ts";

/**
 * Three real servers with Raft for the scenarios of one file, with the plugin registered as
 * `terraform`.
 */
export function useCluster(): { readonly cluster: RaftCluster } {
  let started: RaftCluster | undefined;
  beforeAll(async () => {
    started = await startRaftCluster(
      { binary: await findServer(), plugins: [{ name: "terraform", file: PLUGIN_FILE }] },
      { nodes: 3 },
    );
  });
  afterAll(async () => {
    await started?.stop();
  });
  return {
    get cluster() {
      if (!started) throw new Error("the cluster is there only while scenarios run");
      return started;
    },
  };
}

/** A lease, and the token that it holds. */
export interface Leased {
  readonly leaseId: string;
  readonly token: unknown;
}

/**
 * A mount that each node of a cluster has, configured, with the roles `user`, whose tokens are
 * leased, and `org`, whose token is stored.
 */
export interface ClusterMount extends AsyncDisposable {
  readonly path: string;
  /** The whole path of the creds that are leased. */
  readonly creds: string;
  readonly simulator: Mount["simulator"];
  /** One request to a node, below the mount's path. */
  ask(
    node: Server,
    method: string,
    path: string,
    data?: Readonly<Record<string, unknown>>,
  ): Promise<Answer>;
  /** As `ask`. @throws Error for what isn't a success. */
  done: ClusterMount["ask"];
  /** The data of a read. @throws Error for what isn't a success. */
  read(node: Server, path: string): Promise<Answer["data"]>;
  /** A new token of the role `user`, with its lease. */
  issue(node: Server): Promise<Leased>;
  /**
   * What Terraform Cloud has beside the operator's token, the stored one, and those of leases that
   * the node lists.
   */
  orphans(node: Server): Promise<readonly string[]>;
  /** The texts of all tokens that are alive at Terraform Cloud. */
  tokens(): readonly string[];
  /** The text of the organization's token at Terraform Cloud. */
  organizationToken(): string | undefined;
  /**
   * How many requests Terraform Cloud was sent with that method and an end of the path such as
   * that.
   */
  asked(method: string, end: string): number;
}

/** Enables the engine on the active node, and waits until the others have it. */
export async function newClusterMount(cluster: RaftCluster): Promise<ClusterMount> {
  const active = await cluster.active();
  const { path, simulator, configure } = await newMount(active);
  await configure();
  const ask: ClusterMount["ask"] = (node, method, below, data) =>
    request(node, method, `${path}/${below}`, data);
  const done: ClusterMount["done"] = async (node, method, below, data) => {
    const answer = await ask(node, method, below, data);
    if (answer.status >= 300) throw new Error(`${below}: ${answer.status} ${answer.errors.join()}`);
    return answer;
  };
  await done(active, "PUT", "role/user", { user_id: simulator.credentials.userId, ttl: 600 });
  await done(active, "PUT", "role/org", { organization: simulator.credentials.organization });
  for (const node of cluster.nodes) {
    while ((await ask(node, "GET", "role/org")).status !== 200) await sleep(20);
  }

  const read: ClusterMount["read"] = async (node, below) => (await done(node, "GET", below)).data;
  const issued: Leased[] = [];
  const creds = `${path}/creds/user`;
  const tokens = () => simulator.world.tokens.map(({ text }) => text);
  return {
    path,
    creds,
    simulator,
    ask,
    done,
    read,
    async issue(node) {
      const { leaseId, data } = await done(node, "GET", "creds/user");
      const leased = { leaseId, token: data["token"] };
      issued.push(leased);
      return leased;
    },
    async orphans(node) {
      const leases = await leasesOf(node, creds);
      const { token: stored } = await read(node, "creds/org");
      const held = issued
        .filter(({ leaseId }) => leases.includes(leaseId))
        .map(({ token }) => token);
      return tokens().filter(
        (text) => ![simulator.credentials.token, stored, ...held].includes(text),
      );
    },
    tokens,
    organizationToken: () =>
      simulator.world.tokens.find(({ owner }) => owner.type === "organizations")?.text,
    asked: (method, end) =>
      simulator.requests.filter((sent) => sent.method === method && sent.path.endsWith(end)).length,
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

/** Revokes a lease, or all of a prefix, and waits for what the plugin says. @returns the status. */
export async function revoke(
  node: Server,
  lease: { readonly id: string } | { readonly prefix: string },
) {
  const { status } =
    "id" in lease
      ? await request(node, "PUT", "sys/leases/revoke", { lease_id: lease.id, sync: true })
      : await request(node, "PUT", `sys/leases/revoke-prefix/${lease.prefix}`, { sync: true });
  return status;
}
