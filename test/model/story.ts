import { readFileSync } from "node:fs";
import type { TestLease } from "@vault-ts/vault-plugin/testing";
import { Backups } from "./backups.ts";
import { Conduct } from "./conduct.ts";
import { type ConfigInput, type History, ROLE_NAMES, type Step } from "./history.ts";
import type { Ask, MountUnderTest } from "./mount-under-test.ts";
import type { Network } from "./network.ts";
import {
  ADDRESSES,
  DEFAULT_ROOT,
  OPERATORS,
  type Operator,
  ownersOf,
  ROLES,
  type RoleKind,
} from "./seeded-world.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** PEM of an authority: any will do. */
const CA_CERT = readFileSync(new URL("./authority.pem", import.meta.url), "utf8");

/** Long enough that a token that nothing holds is still there when all has settled. */
const MAX_TTL = 100_000;

const HOST_INTERVAL_MS = 20_000;
const ROLLBACK_INTERVAL_MS = 60_000;

/** Carries the steps of a history out. */
export class Story {
  readonly time: VirtualTime;
  readonly network: Network;
  readonly mounts: readonly MountUnderTest[];
  readonly violations: string[] = [];
  readonly #conduct: Conduct;
  readonly #backups: Backups;
  /** The owners that each role of a mount has ever named. */
  readonly #ownersOfRoles = new Map<string, Set<string>>();
  #hostWorkAt = 0;
  #rollbackAt = 0;

  constructor(time: VirtualTime, network: Network, mounts: readonly MountUnderTest[]) {
    this.time = time;
    this.network = network;
    this.mounts = mounts;
    this.#backups = new Backups(() => time.now);
    this.#conduct = new Conduct(time, network, mounts, this.violations);
  }

  async begin({ tokens, roles }: Pick<History, "tokens" | "roles">): Promise<void> {
    this.network.isQuick = true;
    for (const [index, mount] of this.mounts.entries()) {
      await mount.start();
      await this.#configure(mount, tokens[index] ?? "ann");
      for (const [place, role] of ROLE_NAMES.entries()) {
        const kind = roles[index]?.[place];
        if (kind) await mount.settle(this.#roleWrite(mount, role, kind, 0));
      }
    }
    this.network.isQuick = false;
    this.#hostWorkAt = this.time.now + HOST_INTERVAL_MS;
    this.#rollbackAt = this.time.now + ROLLBACK_INTERVAL_MS;
  }

  /** Lets time pass, with what hosts do by themselves. */
  async pass(ms: number): Promise<void> {
    const end = this.time.now + ms;
    while (this.#hostWorkAt <= end) {
      await this.time.pass(this.#hostWorkAt - this.time.now);
      this.#hostWorkAt += HOST_INTERVAL_MS;
      const isMinute = this.#rollbackAt <= this.time.now;
      if (isMinute) this.#rollbackAt += ROLLBACK_INTERVAL_MS;
      for (const mount of this.mounts) {
        mount.expireLeases();
        if (isMinute) mount.rollBack();
      }
    }
    await this.time.pass(end - this.time.now);
  }

  /** All works from now on, and the clocks are right. */
  calm(): void {
    const { network, mounts } = this;
    network.faults.length = 0;
    network.isQuick = true;
    for (const hang of network.hanging) hang.until = Math.min(hang.until, this.time.now);
    for (const world of Object.values(network.clouds.worlds)) world.clockOffsetMs = 0;
    for (const mount of mounts) {
      if (mount.clockOffsetMs !== 0) mount.clockSetAt.push(this.time.now);
      mount.clockOffsetMs = 0;
      mount.live();
      mount.tick();
    }
  }

  /** Each mount has its operator's token again, at its first address. */
  async repair(tokens: readonly Operator[]): Promise<void> {
    for (const [index, mount] of this.mounts.entries()) {
      await this.#configure(mount, tokens[index] ?? "ann");
    }
  }

  take(step: Step): void {
    const mount = this.mounts[step.mount];
    if (!mount) throw new Error(`there is no mount ${step.mount}`);
    const { clouds } = this.network;
    const leaveAfterMs = step.leaves;
    switch (step.does) {
      case "write role": {
        mount.ask({ ...this.#roleWrite(mount, step.role, step.kind, step.ttl), leaveAfterMs });
        return;
      }
      case "delete role":
      case "read creds":
      case "rotate role": {
        const [operation, path] = REQUESTS[step.does];
        const owners = this.#ownersOf(mount, step.role);
        mount.ask({ operation, path: `${path}/${step.role}`, leaveAfterMs, owners });
        return;
      }
      case "revoke":
      case "renew": {
        const lease: TestLease | undefined = mount.host.leases.at(-1 - step.lease);
        if (!lease) return;
        if (step.does === "revoke") void mount.revoke(lease);
        else void mount.host.renew(lease, 60).catch(() => {});
        return;
      }
      case "write config":
        return void this.#writeConfig(mount, step.client, step.input, leaveAfterMs);
      case "delete config":
        this.#conduct.forgetConfig(mount, mount.ask({ operation: "delete", path: "config" }));
        return;
      case "restart":
        return void mount.die();
      case "snapshot":
        this.#backups.take(mount);
        return;
      case "restore":
        this.#backups.putBack(mount);
        return;
      case "corrupt a role":
        mount.host.storage.putJson("role/corrupt", { name: 5 });
        mount.host.invalidate("role/corrupt");
        return;
      case "crash":
        mount.dieIn(step.moments, step.isBefore);
        return;
      case "fault": {
        const { kind, method, skip } = step;
        this.network.faults.push({ kind, method, skip });
        return;
      }
      case "owner hangs": {
        const now = this.time.now;
        this.network.hanging.push({
          owner: step.owner,
          from: now,
          until: now + step.seconds * 1000,
        });
        return;
      }
      case "set host clock":
        mount.clockOffsetMs = step.seconds * 1000;
        mount.connections.isClockSet = true;
        mount.clockSetAt.push(this.time.now);
        mount.tick();
        return;
      case "set Terraform Cloud's clock":
        clouds.worlds.A.clockOffsetMs = (step.seconds % 7200) * 1000;
        return;
      case "replace by hand": {
        const [type, id = ""] = step.owner.split("/");
        clouds.replaceByHand("A", type === "teams" ? "teams" : "organizations", id);
      }
    }
  }

  #roleWrite(mount: MountUnderTest, role: string, kind: RoleKind, ttl: number): Ask {
    const data = { ...CLEARED, ...ROLES[kind], ...termsOf(kind, ttl) };
    return {
      operation: "update",
      path: `role/${role}`,
      data,
      owners: this.#ownersOf(mount, role, kind),
    };
  }

  #writeConfig(
    mount: MountUnderTest,
    client: number,
    { token, address, base_path, ca_cert, verify_connection }: ConfigInput,
    leaveAfterMs?: number,
  ) {
    const text = token && this.network.clouds.operators[token].text;
    const write = mount.connections.begin(client, text, {
      ...(address && { origin: ADDRESSES[address] }),
      ...(base_path && { root: base_path }),
      ...(ca_cert && { caCert: CA_CERT }),
    });
    if (text !== undefined) this.#conduct.mayUse(mount, text);
    if (text !== undefined && verify_connection === false) mount.unverified.add(text);
    const data = {
      ...(text !== undefined && { token: text }),
      ...(address && { address: ADDRESSES[address] }),
      ...(base_path && { base_path }),
      ...(ca_cert && { ca_cert: CA_CERT }),
      ...(verify_connection !== undefined && { verify_connection }),
    };
    const asked = mount.ask({ operation: "update", path: "config", data, client, leaveAfterMs });
    this.#conduct.follow(mount, asked, write);
    return asked;
  }

  async #configure(mount: MountUnderTest, token: Operator): Promise<void> {
    const address = OPERATORS[token].cloud;
    const asked = this.#writeConfig(mount, 0, { token, address, base_path: DEFAULT_ROOT });
    for (let waited = 0; asked.endedAt === undefined && waited < 100; waited += 1)
      await this.time.pass(1000);
  }

  #ownersOf(mount: MountUnderTest, role: string, kind?: RoleKind): ReadonlySet<string> {
    const key = `${mount.index}/${role}`;
    const owners = this.#ownersOfRoles.get(key) ?? new Set();
    for (const owner of kind ? ownersOf(kind) : []) owners.add(owner);
    this.#ownersOfRoles.set(key, owners);
    return owners;
  }
}

/** A role that names something else names nothing of before. */
const CLEARED = {
  organization: "",
  team_id: "",
  user_id: "",
  credential_type: "",
  ttl: 0,
  max_ttl: 0,
};

function termsOf(kind: RoleKind, ttl: number) {
  return /^(?:user|team)/.test(kind) ? { ttl, max_ttl: MAX_TTL } : {};
}

const REQUESTS = {
  "delete role": ["delete", "role"],
  "read creds": ["read", "creds"],
  "rotate role": ["update", "rotate-role"],
} as const;
