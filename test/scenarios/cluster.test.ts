import type { Server } from "@vault-ts/openbao";
import { expect } from "vitest";
import { type ClusterMount, newClusterMount, revoke, useCluster } from "../support/cluster.ts";
import { scenario } from "../support/scenario.ts";
import { readsOnStandby } from "../support/server-behaviour.ts";

const use = useCluster();

/** What each node says, in order. */
const everywhere = <T>(ask: (node: Server) => Promise<T>): Promise<T[]> =>
  Promise.all(use.cluster.nodes.map(ask));

scenario(
  ["CLUSTER"],
  "a request to a standby creates one token, which is revoked with its lease",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    for (const node of [await use.cluster.active(), ...(await use.cluster.standbys())]) {
      const before = mount.tokens();
      const { token, leaseId } = await mount.issue(node);
      expect([...mount.tokens()].sort()).toEqual([...before, token].sort());
      expect(await revoke(node, { id: leaseId })).toBe(204);
      expect(mount.tokens()).toEqual(before);
    }
  },
);

scenario(["CLUSTER"], "requests to all nodes at once create one token each", async () => {
  await using mount = await newClusterMount(use.cluster);
  const before = mount.tokens();
  const nodes = use.cluster.nodes.flatMap((node) => Array<Server>(10).fill(node));
  const leased = await Promise.all(nodes.map((node) => mount.issue(node)));
  const made = mount.tokens().filter((token) => !before.includes(token));
  expect(made).toHaveLength(30);
  expect([...made].sort()).toEqual(leased.map(({ token }) => token).sort());
  expect(mount.asked("POST", "/authentication-tokens")).toBe(30);

  expect(await revoke(await use.cluster.active(), { prefix: mount.creds })).toBe(204);
  expect(mount.tokens()).toEqual(before);
});

/**
 * What a node answers that may not forward: its own answer, or 307 to the active node where it
 * would have forwarded.
 */
const askAlone = async (
  mount: ClusterMount,
  node: Server,
  method: string,
  path: string,
  data?: unknown,
) => {
  const headers = { "x-vault-no-request-forwarding": "true" };
  return (await node.request(method, `${mount.path}/${path}`, data, { headers })).status;
};

scenario(
  ["CLUSTER_STANDBY"],
  "a standby serves reads itself, and forwards other requests before it calls Terraform Cloud",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const asked = () => mount.simulator.requests.length;
    const before = asked();
    for (const standby of await use.cluster.standbys()) {
      const alone = (method: string, path: string, data?: unknown) =>
        askAlone(mount, standby, method, path, data);
      const read = (await readsOnStandby(standby)) ? 200 : 307;
      expect(await alone("GET", "creds/org")).toBe(read);
      expect(await alone("PUT", "creds/org")).toBe(307);
      expect(await alone("GET", "role/user")).toBe(read);
      expect(await alone("LIST", "role")).toBe(read);
      expect(await alone("GET", "config")).toBe(read);

      expect(await alone("GET", "creds/user")).toBe(307);
      expect(await alone("PUT", "rotate-role/org")).toBe(307);
      expect(await alone("PUT", "role/user", { ttl: 60 })).toBe(307);
      expect(await alone("DELETE", "role/org")).toBe(307);
      expect(await alone("PUT", "config", { request_timeout: 7 })).toBe(307);
    }
    expect(asked()).toBe(before);
  },
);

scenario(["CLUSTER"], "each node soon reads what another one wrote", async () => {
  await using mount = await newClusterMount(use.cluster);
  const shown = async (node: Server) => [
    (await mount.read(node, "creds/org"))["token"],
    (await mount.read(node, "role/user"))["ttl"],
    (await mount.read(node, "config"))["request_timeout"],
  ];
  for (const [index, writer] of use.cluster.nodes.entries()) {
    await everywhere(shown);
    await mount.done(writer, "PUT", "rotate-role/org");
    await mount.done(writer, "PUT", "role/user", { ttl: 900 + index });
    await mount.done(writer, "PUT", "config", { request_timeout: 20 + index });
    const fresh = Array(3).fill([mount.organizationToken(), 900 + index, 20 + index]);
    await expect.poll(() => everywhere(shown), { interval: 20 }).toEqual(fresh);
  }
});

scenario(
  ["CLUSTER"],
  "when the active node dies, another takes over creds, stored tokens and leases",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const dying = await use.cluster.active();
    const { token, leaseId } = await mount.issue(dying);
    const { token: stored } = await mount.read(dying, "creds/org");
    await dying.kill("SIGKILL");

    const next = await use.cluster.active();
    expect(next.address).not.toBe(dying.address);
    await expect.poll(async () => (await mount.ask(next, "GET", "creds/user")).status).toBe(200);
    expect(await mount.read(next, "creds/org")).toMatchObject({ token: stored });
    await expect.poll(() => revoke(next, { id: leaseId })).toBe(204);
    expect(mount.tokens()).not.toContain(token);

    await dying.restart();
    const shown = async () => (await mount.ask(dying, "GET", "creds/org")).data["token"];
    await expect.poll(shown).toBe(stored);
  },
);
