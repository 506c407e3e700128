import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findServer, type RaftCluster, type Server, startRaftCluster } from "@vault-ts/openbao";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClusterMount, newClusterMount, revoke } from "../../test/support/cluster.ts";
import { nextRelease } from "./support/next-release.ts";
import { EXECUTABLE, released } from "./support/released.ts";

let folder: string;
let cluster: RaftCluster;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "next-release-"));
  const plugins = [
    { name: "terraform", version: "v0.2.0", file: released(EXECUTABLE) },
    { name: "terraform", version: "v0.3.0", file: await nextRelease(folder) },
  ];
  cluster = await startRaftCluster({ binary: await findServer(), plugins }, { nodes: 3 });
});
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true });
});

/**
 * Asks all nodes for stored and for new tokens, one request after another each, until it is
 * stopped.
 */
function startLoad(mount: ClusterMount) {
  const failures: string[] = [];
  let requests = 0;
  let stopped = false;
  const loops = cluster.nodes.flatMap((node) =>
    ["creds/org", "creds/user"].map(async (path) => {
      while (!stopped) {
        requests += 1;
        const what = await mount.ask(node, "GET", path).then(
          ({ status, errors }) => (status === 200 ? "" : `${path}: ${status} ${errors.join()}`),
          (error: unknown) => `${path}: ${String(error)}`,
        );
        if (what) failures.push(what);
        await sleep(20);
      }
    }),
  );
  return {
    async stop() {
      stopped = true;
      await Promise.all(loops);
      return { requests, failures };
    },
  };
}

async function runningVersion(node: Server, path: string): Promise<unknown> {
  const { body } = await node.request("GET", `sys/mounts/${path}`);
  return (body as Readonly<Record<string, unknown>>)["running_plugin_version"];
}

/** As the document says: the standbys, then the active node. */
async function changeVersion(mount: ClusterMount, version: string): Promise<void> {
  const active = await cluster.active();
  await active.request("POST", `sys/mounts/${mount.path}/tune`, { plugin_version: version });
  for (const node of [...(await cluster.standbys()), active]) {
    // A standby may not have learned of the new version yet.
    const reloaded = async () => {
      await node.request("PUT", "sys/plugins/reload/backend", { plugin: "terraform" });
      return await runningVersion(node, mount.path);
    };
    await expect.poll(reloaded, { interval: 500, timeout: 20_000 }).toBe(version);
  }
}

test("a cluster is upgraded node by node, and back, with leases that live and without a failed request", async () => {
  await using mount = await newClusterMount(cluster);
  await changeVersion(mount, "v0.2.0");
  const active = await cluster.active();
  const leases = [await mount.issue(active)];
  const { token: stored } = await mount.read(active, "creds/org");

  const load = startLoad(mount);
  for (const version of ["v0.3.0", "v0.2.0"]) {
    await changeVersion(mount, version);
    leases.push(await mount.issue(active));
    expect(await mount.read(active, "creds/org")).toMatchObject({ token: stored });
  }
  const { requests, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(50);
  for (const { leaseId, token } of leases) {
    expect(await revoke(active, { id: leaseId })).toBe(204);
    expect(mount.tokens()).not.toContain(token);
  }
});
