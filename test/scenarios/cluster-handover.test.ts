import { PLUGIN_FILE } from "@vault-ts/dev";
import { findServer, type Server, startRaftServer } from "@vault-ts/openbao";
import { expect } from "vitest";
import { type ClusterMount, newClusterMount, revoke, useCluster } from "../support/cluster.ts";
import { holdRequests } from "../support/hold-requests.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";

const use = useCluster();

async function expectGoesOn(mount: ClusterMount, node: Server): Promise<void> {
  const status = async () => (await mount.ask(node, "GET", "creds/user")).status;
  await expect.poll(status).toBe(200);
  expect(await mount.read(node, "role/user")).toMatchObject({ ttl: 600 });
}

scenario(
  ["CLUSTER_STEP_DOWN"],
  "requests in progress at a step-down complete, and another node takes over",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const stepping = await use.cluster.active();
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    const before = await mount.issue(stepping);
    const { token: replaced } = await mount.read(stepping, "creds/org");

    const hold = holdRequests(mount.simulator, "POST", "acted");
    const rotation = mount.done(stepping, "PUT", "rotate-role/org");
    const issues = Promise.all([mount.issue(stepping), mount.issue(standby)]);
    await expect.poll(() => hold.count).toBe(3);
    const next = use.cluster.stepDown();
    const isAsked = () =>
      stepping.logs.some((line) => line.includes("stepping down from active operation"));
    await expect.poll(isAsked).toBe(true);
    hold.release();
    await rotation;
    const leased = [before, ...(await issues)];
    const active = await next;
    expect(active.address).not.toBe(stepping.address);

    await expect.poll(async () => (await mount.ask(active, "GET", "creds/org")).status).toBe(200);
    const { token: stored } = await mount.read(active, "creds/org");
    expect(stored).not.toBe(replaced);
    const { token: operator } = mount.simulator.credentials;
    expect([...mount.tokens()].sort()).toEqual(
      [operator, stored, ...leased.map(({ token }) => token)].sort(),
    );
    for (const { leaseId } of leased) expect(await revoke(active, { id: leaseId })).toBe(204);
    expect([...mount.tokens()].sort()).toEqual([operator, stored].sort());
    await expectGoesOn(mount, stepping);
  },
);

scenario(
  ["CLUSTER_SEAL"],
  "when the active node is sealed, another takes over; unsealed, it is a working standby",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const sealed = await use.cluster.active();
    const { leaseId, token } = await mount.issue(sealed);
    const { token: stored } = await mount.read(sealed, "creds/org");
    expect(await sealed.pluginProcesses()).toHaveLength(1);
    await sealed.seal();
    await expect.poll(() => sealed.pluginProcesses()).toEqual([]);
    expect((await mount.ask(sealed, "GET", "creds/org")).status).toBe(503);

    const active = await use.cluster.active();
    expect(active.address).not.toBe(sealed.address);
    await expectGoesOn(mount, active);
    expect(await mount.read(active, "creds/org")).toMatchObject({ token: stored });
    expect(await revoke(active, { id: leaseId })).toBe(204);
    expect(mount.tokens()).not.toContain(token);
    await mount.done(active, "PUT", "rotate-role/org");

    await sealed.unseal();
    const { token: rotated } = await mount.read(active, "creds/org");
    const shown = async () => (await mount.ask(sealed, "GET", "creds/org")).data["token"];
    await expect.poll(shown).toBe(rotated);
    expect(mount.tokens()).toContain(rotated);
    expect(await use.cluster.standbys()).toContain(sealed);
    await expectGoesOn(mount, sealed);
  },
);

scenario(
  ["CLUSTER_SEAL"],
  "a sealed server runs no plugin; unsealed, it has its stored tokens and leases",
  async () => {
    await using server = await startRaftServer({
      binary: await findServer(),
      plugins: [{ name: "terraform", file: PLUGIN_FILE }],
    });
    await using mount = await newMount(server);
    await mount.configure();
    await mount.write("role/user", { user_id: mount.simulator.credentials.userId });
    await mount.write("role/org", { organization: mount.simulator.credentials.organization });
    const [leased, stored] = [await mount.read("creds/user"), await mount.read("creds/org")];
    const processes = await server.pluginProcesses();
    expect(processes).toHaveLength(1);

    await server.seal();
    await expect.poll(() => server.pluginProcesses()).toEqual([]);
    expect((await mount.read("creds/org")).status).toBe(503);
    expect(await mount.statusOf(leased.data["token"])).toBe(200);

    await server.unseal();
    expect(await mount.read("creds/org")).toMatchObject({ status: 200, data: stored.data });
    expect(await mount.statusOf(stored.data["token"])).toBe(200);
    expect(await revoke(server, { id: leased.leaseId })).toBe(204);
    expect(await mount.statusOf(leased.data["token"])).toBe(401);
    expect((await mount.read("creds/user")).status).toBe(200);
    expect(await server.pluginProcesses()).toHaveLength(1);
  },
);
