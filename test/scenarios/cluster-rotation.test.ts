import type { Server } from "@vault-ts/openbao";
import { ROOT_KINDS } from "@vault-ts/secrets-terraform/testing";
import { expect } from "vitest";
import { newClusterMount, useCluster } from "../support/cluster.ts";
import { scenario } from "../support/scenario.ts";

const use = useCluster();
const PERIOD = 10;

/** A rotation comes within its period and the server's tick, or a new active node's first one. */
const WAIT = { timeout: 90_000, interval: 50 };

scenario(
  ["ROTATION_SCHEDULED", "ROTATION_CONFIG", "CLUSTER"],
  "only the active node rotates, each node returns the new token, and a new active node continues",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const { simulator, done, read } = mount;
    const stored = (node: Server) => read(node, "creds/org");
    const isRotated = async (node: Server, token: unknown) =>
      (await stored(node))["token"] !== token;

    const first = await use.cluster.active();
    const { token: initial } = await stored(first);
    const { token_id: configured } = await read(first, "config");
    await done(first, "PUT", "role/org", { rotation_period: PERIOD });
    await done(first, "PUT", "config", { rotation_period: PERIOD });
    for (const node of use.cluster.nodes) {
      await expect.poll(() => isRotated(node, initial), WAIT).toBe(true);
    }
    await expect
      .poll(async () => (await read(first, "config"))["token_id"], WAIT)
      .not.toBe(configured);

    // Without a schedule no node creates any more, and there is no token beside the current ones.
    await done(first, "PUT", "config", { rotation_period: 0 });
    await done(first, "PUT", "role/org", { rotation_period: 0 });
    const kept = await stored(first);
    const created = mount.asked("POST", "/authentication-token");
    await new Promise((resolve) => setTimeout(resolve, 1.5 * PERIOD * 1000));
    expect(mount.asked("POST", "/authentication-token")).toBe(created);
    for (const node of use.cluster.nodes) {
      await expect.poll(async () => (await stored(node))["token"], WAIT).toBe(kept["token"]);
    }
    expect(kept["token"]).toBe(mount.organizationToken());
    expect(simulator.world.tokens).toHaveLength(2);

    await done(first, "PUT", "role/org", { rotation_period: PERIOD });
    await first.kill("SIGKILL");
    const next = await use.cluster.active();
    await expect.poll(() => isRotated(next, kept["token"]), WAIT).toBe(true);
    expect((await stored(next))["token"]).toBe(mount.organizationToken());
    await first.restart();
  },
);

scenario(
  ["ROTATE_ROOT", "CLUSTER"],
  "rotate-root on a standby is forwarded, and each node calls with the new token",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    const { token_id: former } = await mount.read(standby, "config");
    await mount.done(standby, "PUT", "rotate-root");
    for (const node of use.cluster.nodes) {
      await expect
        .poll(async () => (await mount.read(node, "config"))["token_id"])
        .not.toBe(former);
      await mount.issue(node);
    }
    expect(mount.simulator.world.tokens.some(({ id }) => id === former)).toBe(false);
  },
);

scenario(
  ["ROTATION_FIELDS", "CLUSTER"],
  "a schedule that a standby was sent is what creds and the role tell on each node",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    await mount.done(standby, "PUT", "role/org", { rotation_period: "1h" });
    for (const node of use.cluster.nodes) {
      await expect
        .poll(() => mount.read(node, "creds/org"))
        .toMatchObject({
          rotation_period: 3600,
          last_vault_rotation: expect.stringMatching(/\.\d{9}Z$/),
          ttl: expect.any(Number),
        });
      expect(await mount.read(node, "role/org")).toMatchObject({
        rotation_period: 3600,
        next_vault_rotation: expect.stringMatching(/Z$/),
      });
    }
    const bad = { rotation_period: 60, rotation_schedule: "0 3 * * *" };
    const { status, errors } = await mount.ask(standby, "PUT", "role/org", bad);
    expect([status, errors.join()]).toEqual([
      400,
      expect.stringContaining("rotation_period and rotation_schedule can't be combined"),
    ]);
  },
);

scenario(
  ["ROTATE_ROOT_LOST", "CLUSTER"],
  "each node says that the mount's token is lost, until a standby was sent another",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const { simulator, done } = mount;
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    const [, , , own] = ROOT_KINDS;
    await done(standby, "PUT", "role/own", own.role);
    await done(standby, "PUT", "config", { token: own.grant(simulator).text });
    simulator.fault = ({ method }) => (method === "POST" ? "cut after" : undefined);
    expect((await mount.ask(standby, "PUT", "rotate-root")).status).toBe(502);
    simulator.fault = undefined;
    const warnings = async (node: Server) =>
      (await mount.ask(node, "GET", "config")).warnings.join();
    for (const node of use.cluster.nodes) {
      await expect
        .poll(() => warnings(node))
        .toContain("the token of this mount is no longer valid");
      expect((await mount.ask(node, "GET", "creds/own")).status).toBe(400);
    }
    await done(standby, "PUT", "config", { token: own.grant(simulator).text });
    for (const node of use.cluster.nodes) {
      await expect.poll(() => warnings(node)).toBe("");
      await done(node, "GET", "creds/own");
    }
  },
);
