import type { Server } from "@vault-ts/openbao";
import { expect } from "vitest";
import { newClusterMount, revoke, useCluster } from "../support/cluster.ts";
import { leasesOf } from "../support/mount-state.ts";
import { scenario } from "../support/scenario.ts";

const use = useCluster();

/** What each node says, in order. */
const everywhere = <T>(ask: (node: Server) => Promise<T>): Promise<T[]> =>
  Promise.all(use.cluster.nodes.map(ask));

scenario(
  ["CLUSTER_SNAPSHOT"],
  "after a restore each node serves the snapshot's configuration and roles",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const active = await use.cluster.active();
    const shown = (node: Server) =>
      Promise.all(
        ["role/user", "role/later", "config"].map(async (path) => {
          const { status, data } = await mount.ask(node, "GET", path);
          return data["ttl"] ?? data["request_timeout"] ?? status;
        }),
      );
    const snapshot = await active.snapshot();
    await mount.done(active, "PUT", "role/user", { ttl: 77 });
    await mount.done(active, "PUT", "role/later", {
      user_id: mount.simulator.credentials.userId,
      ttl: 78,
    });
    await mount.done(active, "PUT", "config", { request_timeout: 7 });
    await expect.poll(() => everywhere(shown)).toEqual(Array(3).fill([77, 78, 7]));

    await active.restore(snapshot);
    await expect.poll(() => everywhere(shown)).toEqual(Array(3).fill([600, 404, 30]));
  },
);

scenario(
  ["CLUSTER_SNAPSHOT"],
  "after a restore leases of the snapshot are revoked, and later tokens expire without a lease",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const active = await use.cluster.active();
    const [kept, ended] = [await mount.issue(active), await mount.issue(active)];
    const snapshot = await active.snapshot();
    expect(await revoke(active, { id: ended.leaseId })).toBe(204);
    const later = await mount.issue(active);

    await active.restore(snapshot);
    const creds = `${mount.path}/creds/user`;
    expect([...(await leasesOf(active, creds))].sort()).toEqual(
      [kept.leaseId, ended.leaseId].sort(),
    );
    expect(mount.tokens()).not.toContain(ended.token);
    expect(await revoke(active, { id: ended.leaseId })).toBe(204);
    expect(await revoke(active, { id: kept.leaseId })).toBe(204);
    expect(await leasesOf(active, creds)).toEqual([]);
    expect(mount.tokens()).not.toContain(kept.token);

    // It is orphaned, without a WAL entry: only its expiry ends it, 32 days
    // from now as the mount's leases at the longest.
    expect(await mount.orphans(active)).toEqual([later.token]);
    const [orphan] = mount.simulator.world.tokens.filter(({ text }) => text === later.token);
    const lifetime =
      (orphan?.expiredAt?.getTime() ?? Number.NaN) - (orphan?.createdAt.getTime() ?? 0);
    expect(lifetime / 1000).toBeGreaterThan(768 * 3600);
    expect(lifetime / 1000).toBeLessThan(768 * 3600 + 10);
  },
);

scenario(
  ["CLUSTER_SNAPSHOT"],
  "a stored token that was rotated after the snapshot is invalid after its restore, until rotate-role",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const active = await use.cluster.active();
    const { token: before } = await mount.read(active, "creds/org");
    const snapshot = await active.snapshot();
    await mount.done(active, "PUT", "rotate-role/org");

    await active.restore(snapshot);
    const stored = () => everywhere(async (node) => (await mount.read(node, "creds/org"))["token"]);
    await expect.poll(stored).toEqual([before, before, before]);
    expect(mount.tokens()).not.toContain(before);
    await mount.done(active, "GET", "status/org?refresh=true");
    expect((await mount.done(active, "GET", "creds/org")).warnings.join()).toContain(
      "rotate-role/org",
    );

    await mount.done(active, "PUT", "rotate-role/org");
    const alive = async () =>
      (await stored()).map((token) => mount.tokens().includes(String(token)));
    await expect.poll(alive).toEqual([true, true, true]);
    expect(await mount.orphans(active)).toEqual([]);
  },
);
