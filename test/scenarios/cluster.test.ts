import { setTimeout as sleep } from "node:timers/promises";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type RaftCluster, type Server, startRaftCluster } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { afterAll, beforeAll, expect } from "vitest";
import { type Answer, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";

let cluster: RaftCluster;
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
  cluster = await startRaftCluster(
    { binary: await findServer(), plugins: [{ name: "terraform", file: PLUGIN_FILE }] },
    { nodes: 3 },
  );
  const active = await cluster.active();
  await request(active, "POST", "sys/mounts/terraform", { type: "terraform" });
  await done(active, "PUT", "config", { address: simulator.address, token: simulator.credentials.token });
  await done(active, "PUT", "role/user", { user_id: "user-12345abcde", ttl: 600 });
  await done(active, "PUT", "role/org", { organization: simulator.credentials.organization });
  // A new mount takes a moment to reach the standbys.
  for (const node of cluster.nodes) {
    while ((await request(node, "GET", "terraform/config")).status !== 200) await sleep(20);
  }
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  await simulator?.close();
});

async function done(
  node: Server,
  method: string,
  path: string,
  data?: Record<string, unknown>,
): Promise<Answer> {
  const answer = await request(node, method, `terraform/${path}`, data);
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.errors.join()}`);
  return answer;
}

const isAlive = (token: unknown) => simulator.world.tokens.some(({ text }) => text === token);
const tokens = () => simulator.world.tokens.length;

scenario(["CLUSTER"], "a request to a standby makes one token, which its lease ends", async () => {
  for (const node of [await cluster.active(), ...(await cluster.standbys())]) {
    const before = tokens();
    const { data, leaseId } = await done(node, "GET", "creds/user");
    expect(tokens()).toBe(before + 1);
    expect(isAlive(data["token"])).toBe(true);
    const revoked = await request(node, "PUT", "sys/leases/revoke", { lease_id: leaseId, sync: true });
    expect(revoked.status).toBe(204);
    expect(tokens()).toBe(before);
  }
});

scenario(["CLUSTER"], "what one node wrote, each node has within a second", async () => {
  const [standby] = await cluster.standbys();
  if (!standby) throw new Error("the cluster has no standby");
  const everywhere = (path: string) =>
    Promise.all(cluster.nodes.map(async (node) => (await done(node, "GET", path)).data));
  await everywhere("creds/org");
  await everywhere("role/user");

  await done(standby, "PUT", "rotate-role/org");
  await done(standby, "PUT", "role/user", { ttl: 900 });
  const fresh = async () => {
    const creds = await everywhere("creds/org");
    const roles = await everywhere("role/user");
    return creds.every(({ token }) => isAlive(token)) && roles.every(({ ttl }) => ttl === 900);
  };
  await expect.poll(fresh, { timeout: 1000, interval: 20 }).toBe(true);
});

scenario(
  ["CLUSTER"],
  "when the active node dies, another goes on: creds, stored tokens, old leases",
  async () => {
    const dying = await cluster.active();
    const { data, leaseId } = await done(dying, "GET", "creds/user");
    const stored = (await done(dying, "GET", "creds/org")).data["token"];
    await dying.kill("SIGKILL");

    const next = await cluster.active();
    expect(next.address).not.toBe(dying.address);
    await expect
      .poll(async () => (await request(next, "GET", "terraform/creds/user")).status, { timeout: 20_000 })
      .toBe(200);
    expect((await done(next, "GET", "creds/org")).data["token"]).toBe(stored);
    const revoke = async () =>
      (await request(next, "PUT", "sys/leases/revoke", { lease_id: leaseId, sync: true })).status;
    await expect.poll(revoke, { timeout: 20_000 }).toBe(204);
    expect(isAlive(data["token"])).toBe(false);

    await dying.restart();
    await expect
      .poll(async () => (await request(dying, "GET", "terraform/creds/org")).data["token"], {
        timeout: 20_000,
      })
      .toBe(stored);
  },
  120_000,
);
