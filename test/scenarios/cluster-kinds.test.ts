import type { Server } from "@vault-ts/openbao";
import { expect } from "vitest";
import { newClusterMount, revoke, useCluster } from "../support/cluster.ts";
import { scenario } from "../support/scenario.ts";

const use = useCluster();

const LEASED = ["agent", "metrics", "team"] as const;

scenario(
  ["KIND_AGENT", "KIND_METRICS", "ROLE_TEAM_NAME", "CREDS_NAMES", "CREDS_TTL", "CLUSTER"],
  "each node issues tokens of each kind with the requested ttl, and revokes them",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const { organization, agentPoolId } = mount.simulator.credentials;
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    await mount.done(standby, "PUT", "role/agent", { agent_pool_id: agentPoolId });
    await mount.done(standby, "PUT", "role/metrics", { organization, credential_type: "metrics" });
    await mount.done(standby, "PUT", "role/team", { organization, team_name: "developers" });
    const before = mount.tokens();
    for (const node of use.cluster.nodes) {
      for (const role of LEASED) {
        const { data, leaseId, leaseDuration } = await mount.done(
          node,
          "GET",
          `creds/${role}?ttl=300`,
        );
        expect(leaseDuration, role).toBe(300);
        expect(data).toMatchObject({ role, token_id: expect.any(String) });
        expect(mount.tokens()).toContain(data["token"]);
        expect(await revoke(node, { id: leaseId })).toBe(204);
        expect(mount.tokens()).toEqual(before);
      }
    }
  },
);

scenario(
  ["KIND_AUDIT_TRAILS", "ADOPT", "CLUSTER"],
  "each node returns a stored token that a request to a standby imported or created",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const { organization, teamId } = mount.simulator.credentials;
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    const existing = mount.simulator.world.grant(
      { type: "teams", id: teamId },
      { description: null },
    );
    await mount.done(standby, "PUT", "role/adopted", { team_id: teamId, token: existing.text });
    await mount.done(standby, "PUT", "role/audit", {
      organization,
      credential_type: "audit_trails",
    });
    const { token: audit } = await mount.read(standby, "creds/audit");
    const stored = async (node: Server) => [
      (await mount.read(node, "creds/adopted"))["token"],
      (await mount.read(node, "creds/audit"))["token"],
    ];
    for (const node of use.cluster.nodes) {
      await expect.poll(() => stored(node)).toEqual([existing.text, audit]);
    }
  },
);

scenario(
  ["KINDS", "KIND_BY_EDITION", "TTL_POLICY", "CLUSTER"],
  "each node knows each kind, and says why one can't be issued",
  async () => {
    await using mount = await newClusterMount(use.cluster);
    const { simulator } = mount;
    const { organization, agentPoolId, teamId } = simulator.credentials;
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    const roles = {
      agent: { agent_pool_id: agentPoolId },
      metrics: { organization, credential_type: "metrics" },
      team: { team_id: teamId, credential_type: "team" },
      audit_trails: { organization, credential_type: "audit_trails" },
    };
    for (const [kind, role] of Object.entries(roles))
      await mount.done(standby, "PUT", `role/${kind}`, role);
    const before = mount.tokens();
    simulator.world.missing.add("agents");
    simulator.world.ttlPolicy = { teams: 60_000, metrics: 60_000 };
    for (const node of use.cluster.nodes) {
      for (const kind of Object.keys(roles)) {
        await expect
          .poll(async () => (await mount.ask(node, "GET", `status/${kind}`)).data)
          .toMatchObject({ credential_type: kind });
      }
      for (const [kind, says] of [
        ["agent", "lacks the agents entitlement"],
        ["metrics", "the organization's token TTL policy rejects this lifetime"],
        ["team", "the organization's token TTL policy rejects this lifetime"],
      ] as const) {
        const { status, errors } = await mount.ask(node, "GET", `creds/${kind}`);
        expect([kind, status, errors.join()]).toEqual([kind, 400, expect.stringContaining(says)]);
      }
    }
    expect(mount.tokens()).toEqual(before);
  },
);
