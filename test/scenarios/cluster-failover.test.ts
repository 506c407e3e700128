import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Server } from "@vault-ts/openbao";
import { afterAll, expect } from "vitest";
import { type ClusterMount, newClusterMount, revoke, useCluster } from "../support/cluster.ts";
import { type Hold, holdRequests, type Moment } from "../support/hold-requests.ts";
import { leasesOf } from "../support/mount-state.ts";
import { scenario } from "../support/scenario.ts";
import { readsOnStandby } from "../support/server-behaviour.ts";

const use = useCluster();

const mounts: ClusterMount[] = [];
afterAll(async () => {
  for (const mount of mounts) await mount[Symbol.asyncDispose]();
});

/** How a mount stands. */
interface State {
  readonly orphans: number;
  readonly isStoredAlive: boolean;
  /** Of the lease that was there before. */
  readonly isLeasedAlive: boolean;
}

const WELL: State = { orphans: 0, isStoredAlive: true, isLeasedAlive: true };

/** An operation that never ends, and what comes of it. */
interface Case {
  begin(mount: ClusterMount, node: Server, leaseId: string): Promise<unknown>;
  /** Of the request to Terraform Cloud that it is cut off at, and the moment. */
  readonly method: string;
  readonly moment: Moment;
  readonly left: State;
  readonly reconciled: State;
  /** What Terraform Cloud is asked to reconcile it, once. */
  readonly asked: readonly string[];
}

const issue: Case["begin"] = (mount, node) => mount.ask(node, "GET", "creds/user");
const rotate: Case["begin"] = (mount, node) => mount.ask(node, "PUT", "rotate-role/org");
const revokeLease: Case["begin"] = (_, node, id) => revoke(node, { id });

const ISSUE_ACTED: Case = {
  begin: issue,
  method: "POST",
  moment: "acted",
  left: { ...WELL, orphans: 1 },
  reconciled: WELL,
  asked: ["GET", "DELETE"],
};

const CASES: readonly Case[] = [
  {
    begin: issue,
    method: "POST",
    moment: "received",
    left: WELL,
    reconciled: WELL,
    asked: ["GET"],
  },
  ISSUE_ACTED,
  {
    begin: rotate,
    method: "POST",
    moment: "received",
    left: WELL,
    reconciled: WELL,
    asked: ["GET", "GET"],
  },
  {
    begin: rotate,
    method: "POST",
    moment: "acted",
    left: { ...WELL, orphans: 1, isStoredAlive: false },
    reconciled: WELL,
    asked: ["GET", "GET", "POST"],
  },
  {
    begin: revokeLease,
    method: "DELETE",
    moment: "received",
    left: WELL,
    reconciled: WELL,
    asked: [],
  },
  {
    begin: revokeLease,
    method: "DELETE",
    moment: "acted",
    left: { ...WELL, isLeasedAlive: false },
    reconciled: { ...WELL, isLeasedAlive: false },
    asked: [],
  },
];

/** One mount of each case. */
interface Patient {
  readonly mount: ClusterMount;
  readonly leaseId: string;
  readonly leased: unknown;
}

async function newPatient(node: Server): Promise<Patient> {
  const mount = await newClusterMount(use.cluster);
  mounts.push(mount);
  // Checks for drift would be among the calls that are counted.
  await mount.done(node, "PUT", "config", { drift_check_period: 0 });
  const { leaseId, token: leased } = await mount.issue(node);
  return { mount, leaseId, leased };
}

async function stateOf({ mount, leased }: Patient, node: Server): Promise<State> {
  const { token: stored } = await mount.read(node, "creds/org");
  return {
    orphans: (await mount.orphans(node)).length,
    isStoredAlive: mount.tokens().includes(String(stored)),
    isLeasedAlive: mount.tokens().includes(String(leased)),
  };
}

const methodsOf = ({ mount }: Patient) => mount.simulator.requests.map(({ method }) => method);

/** As if its machine had lost power: no process of the node remains. */
async function crash(node: Server): Promise<void> {
  const plugins = await node.pluginProcesses();
  await node.kill("SIGKILL");
  while (plugins.some((pid) => existsSync(`/proc/${pid}`))) await sleep(10);
}

/** Creds whose response is lost, and whose orphaned token no list has at first. */
async function loseCreds({ simulator, ask }: ClusterMount, node: Server): Promise<number> {
  simulator.fault = ({ method, path }) => {
    if (path.includes("page")) return "server error";
    return method === "POST" ? "cut after" : undefined;
  };
  const { status } = await ask(node, "GET", "creds/user");
  simulator.fault = undefined;
  return status;
}

/** Whether a node had its plugin roll a mount back in the last ten seconds that it has measured. */
async function hasRolledBack(node: Server, { path }: ClusterMount): Promise<boolean> {
  const { body } = await node.request("GET", "sys/metrics");
  const { Samples = [] } = (body ?? {}) as {
    readonly Samples?: readonly { readonly Name: string }[];
  };
  return Samples.some(({ Name }) => Name.endsWith(`rollback.attempt.${path}-`));
}

const ONCE_A_SECOND = { interval: 1000 };

scenario(
  ["CLUSTER_FAILOVER", "CLUSTER_SCHEDULE"],
  "after the active node was killed during each operation, the next one reconciles it within three minutes",
  async () => {
    const dying = await use.cluster.active();
    const [standby] = await use.cluster.standbys();
    if (!standby) throw new Error("the cluster has no standby");
    // Such a standby has its plugin roll back as well, which must leave the log's entries alone.
    const standbysRollBack = await readsOnStandby(standby);
    const cut = await Promise.all(
      CASES.map(async ({ begin, method, moment }) => {
        const patient = await newPatient(dying);
        const hold: Hold = holdRequests(patient.mount.simulator, method, moment);
        const end = begin(patient.mount, dying, patient.leaseId).then(String, () => "no answer");
        return { patient, hold, moment, end };
      }),
    );
    const robbed = await newPatient(dying);
    await expect.poll(() => cut.map(({ hold }) => hold.count)).toEqual(Array(6).fill(1));
    await crash(dying);
    expect(await Promise.all(cut.map(({ end }) => end))).toEqual(Array(6).fill("no answer"));
    for (const { hold, moment } of cut) {
      if (moment === "acted") hold.release();
      else hold.drop();
    }

    const active = await use.cluster.active();
    for (const mount of mounts) {
      await expect.poll(async () => (await mount.ask(active, "GET", "creds/org")).status).toBe(200);
    }
    // The entries of a node that still runs are no others: of both attempts.
    expect(await loseCreds(robbed.mount, active)).toBe(502);
    const lost = {
      ...ISSUE_ACTED,
      left: { ...WELL, orphans: 2 },
      asked: ["GET", "DELETE", "DELETE"],
    };
    const cases = [...CASES, lost];
    const patients = [...cut.map(({ patient }) => patient), robbed];
    const states = () => Promise.all(patients.map((patient) => stateOf(patient, active)));
    expect(await states()).toEqual(cases.map(({ left }) => left));
    const before = patients.map((patient) => methodsOf(patient).length);
    const asked = () => patients.map((patient, index) => methodsOf(patient).slice(before[index]));
    const once = cases.map((of) => of.asked);

    // So late that the standby's minute is over when the entries are 90 seconds old, and the active
    // node's second one isn't.
    await sleep(45_000);
    await dying.restart();
    await Promise.all([
      expect
        .poll(() => hasRolledBack(standbysRollBack ? dying : active, robbed.mount), ONCE_A_SECOND)
        .toBe(true),
      expect.poll(states, ONCE_A_SECOND).toEqual(cases.map(({ reconciled }) => reconciled)),
      expect.poll(asked, ONCE_A_SECOND).toEqual(once),
    ]);
    expect(asked()).toEqual(once);

    for (const { mount } of patients) {
      expect(await leasesOf(active, mount.creds)).toHaveLength(1);
      expect(await revoke(active, { prefix: mount.creds })).toBe(204);
      expect(await leasesOf(active, mount.creds)).toEqual([]);
      const { token: stored } = await mount.read(dying, "creds/org");
      expect([...mount.tokens()].sort()).toEqual(
        [mount.simulator.credentials.token, stored].sort(),
      );
      const { token } = await mount.issue(dying);
      expect(mount.tokens()).toContain(token);
    }
  },
);
