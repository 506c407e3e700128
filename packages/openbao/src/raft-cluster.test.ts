import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findServer } from "./find-server.ts";
import { type RaftCluster, startRaftCluster } from "./raft-cluster.ts";
import { isAlive } from "./testing/is-alive.ts";

describe("a cluster with Raft", () => {
  let cluster: RaftCluster;
  beforeAll(async () => {
    cluster = await startRaftCluster({ binary: await findServer(), plugins: [] }, { nodes: 2 });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  test("has one node that is active, and others that answer too", async () => {
    const active = await cluster.active();
    const [standby, ...others] = await cluster.standbys();
    expect(others).toEqual([]);
    expect(cluster.nodes).toEqual(expect.arrayContaining([active, standby]));
    expect(await standby?.request("GET", "auth/token/lookup-self")).toMatchObject({ status: 200 });
  });

  test("has another that is active after a step-down", async () => {
    const before = await cluster.active();
    const after = await cluster.stepDown();
    expect(after.address).not.toBe(before.address);
    await expect.poll(() => cluster.standbys()).toEqual([before]);
  });

  test("restores no snapshot where it isn't active", async () => {
    const active = await cluster.active();
    const [standby] = await cluster.standbys();
    const restored = standby?.restore(await active.snapshot());
    await expect(restored).rejects.toMatchObject({ code: "refused" });
    expect(await cluster.standbys()).toEqual([standby]);
  });

  test("is gone when it is stopped", async () => {
    await cluster.stop();
    expect(cluster.nodes.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
  });
});
