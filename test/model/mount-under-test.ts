import { createBackend } from "@vault-ts/secrets-terraform";
import { PluginError } from "@vault-ts/vault-plugin";
import {
  type HostSnapshot,
  type StorageCall,
  startTestHost,
  type TestAnswer,
  type TestHost,
  type TestLease,
} from "@vault-ts/vault-plugin/testing";
import type { Sender } from "./clouds.ts";
import { Connections } from "./connections.ts";
import { type Network, never } from "./network.ts";
import { ADDRESSES, DEFAULT_ROOT } from "./seeded-world.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** The longest that a server waits for a plugin. */
const SERVER_LIMIT_MS = 90_000;

export interface Asked {
  readonly path: string;
  /** Undefined while it is under way, and for ever if the process died meanwhile. */
  endedAt?: number;
  readonly startedAt: number;
  readonly life: { ended: boolean };
  /** When it has its answer, or the process has died. */
  readonly ended: Promise<void>;
  /** When its client leaves; never if undefined. */
  readonly leavesAt: number | undefined;
  /** The owners that it has to do with; all of them if undefined. */
  readonly owners: ReadonlySet<string> | undefined;
  answer?: TestAnswer | undefined;
  error?: PluginError;
}

export interface Ask {
  readonly operation: string;
  readonly path: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Which of the clients asks. */
  readonly client?: number;
  /** When it stops waiting; it stays if undefined. */
  readonly leaveAfterMs?: number | undefined;
  readonly owners?: ReadonlySet<string> | undefined;
}

/** A mount on a host of its own, whose process may die at any moment. */
export class MountUnderTest {
  readonly index: number;
  readonly connections: Connections;
  readonly asked: Asked[] = [];
  /** Moments at which its process died. */
  readonly diedAt: number[] = [];
  /** From when to when snapshots have undone what happened, in milliseconds since 1970. */
  readonly undone: { readonly from: number; readonly to: number }[] = [];
  /** Moments at which the host's clock was set. */
  readonly clockSetAt: number[] = [];
  /** Told of a lease that was revoked. */
  onRevoked: (lease: TestLease) => void = () => {};
  /** Told when the process dies at the end of a write of the storage. */
  onDiedAfterWrite: (life: { ended: boolean }) => void = () => {};
  life = { ended: false };
  clockOffsetMs = 0;
  /**
   * The process dies at so many moments from now: calls of its storage, and what happens to its
   * requests.
   */
  #crashIn: { moments: number; readonly isBefore: boolean } | undefined;
  /** Ids of the leases that were to be revoked. */
  readonly revocations = new Set<string>();
  /** The tokens that were written without being verified. */
  readonly unverified = new Set<string>();
  /** Whether a configuration was written that wasn't deleted since. */
  hasConfig = true;
  /** The tokens that it may have used, and whose tokens these could manage. */
  readonly reach: {
    readonly token: string;
    readonly from: number;
    readonly owners: ReadonlySet<string>;
  }[] = [];
  /** Its requests for a new one. */
  readonly creations: Sender[] = [];
  /** The token that it has sent last, and where to. */
  lastSent: { readonly token: string; readonly origin: string } | undefined;
  #host: TestHost | undefined;
  /** Told when the process dies. */
  #atDeath: (() => void)[] = [];
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #retries = new Map<string, { failures: number; nextAt: number }>();
  readonly #revoking = new Set<string>();
  #rollback: { readonly life: object } | undefined;

  constructor(index: number, time: VirtualTime, network: Network) {
    this.index = index;
    this.#time = time;
    this.#network = network;
    const initial = { origin: ADDRESSES.A, root: DEFAULT_ROOT, caCert: "" };
    this.connections = new Connections(initial, () => time.now);
  }

  async start(): Promise<void> {
    this.#host = await startTestHost(
      (mount) => {
        this.life = { ended: false };
        return createBackend(mount, { connect: this.#network.connect(this.index, this.life) });
      },
      { uuid: `${this.index}`.repeat(8) },
    );
    this.#host.storage.onCall = (call) => this.#onStorageCall(call);
    this.tick();
  }

  get host(): TestHost {
    if (!this.#host) throw new Error("the mount isn't started");
    return this.#host;
  }

  /** Its clock follows the time. */
  tick(): void {
    this.#host?.clock.set(this.#time.now + this.clockOffsetMs);
  }

  /** Sends a request, and doesn't wait for its answer. */
  ask({ operation, path, data = {}, client = 0, leaveAfterMs, owners }: Ask): Asked {
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const asked: Asked = {
      path,
      startedAt: this.#time.now,
      life: this.life,
      ended,
      leavesAt: leaveAfterMs === undefined ? undefined : this.#time.now + leaveAfterMs,
      owners,
    };
    this.asked.push(asked);
    this.#atDeath.push(end);
    this.#network.note(this.index, `is asked: ${operation} ${path}`);
    const answered = (how: object) => {
      Object.assign(asked, { ...how, endedAt: this.#time.now });
      this.#network.note(
        this.index,
        `answers ${operation} ${path}: ${asked.error?.message ?? "done"}`,
      );
    };
    const from = { clientTokenAccessor: `accessor-${client}`, entityId: `entity-${client}` };
    const signal = AbortSignal.timeout(leaveAfterMs ?? SERVER_LIMIT_MS);
    void this.host
      .request(operation, path, data, { signal, from })
      .then(
        (answer) => answered({ answer }),
        (error: unknown) => answered({ error: PluginError.from(error) }),
      )
      .then(end);
    return asked;
  }

  /** Sends a request, and lets time pass until it has its answer. */
  async settle(ask: Ask): Promise<Asked> {
    const asked = this.ask(ask);
    for (let waited = 0; asked.endedAt === undefined && waited < 120; waited += 1)
      await this.#time.pass(1000);
    return asked;
  }

  async revoke(lease: TestLease): Promise<void> {
    if (this.#revoking.has(lease.id)) return;
    this.#revoking.add(lease.id);
    this.revocations.add(lease.id);
    const done = () => this.#revoking.delete(lease.id);
    await this.host.revoke(lease, { signal: AbortSignal.timeout(60_000) }).then(
      () => {
        done();
        this.onRevoked(lease);
      },
      () => {
        done();
        const failures = (this.#retries.get(lease.id)?.failures ?? 0) + 1;
        const pauseMs = failures >= 6 ? Number.POSITIVE_INFINITY : 10_000 * 2 ** (failures - 1);
        this.#retries.set(lease.id, { failures, nextAt: this.#time.now + pauseMs });
      },
    );
  }

  /** What the host does by itself: it revokes the leases that have ended. */
  expireLeases(): void {
    const now = this.#time.now + this.clockOffsetMs;
    for (const lease of this.host.leases) {
      const isDue = (this.#retries.get(lease.id)?.nextAt ?? 0) <= this.#time.now;
      if (lease.expireTime.getTime() <= now && isDue) void this.revoke(lease);
    }
  }

  /** And once a minute it has the mount roll back what isn't finished, unless it is at it still. */
  rollBack(): void {
    if (this.#rollback?.life === this.life) return;
    const rollback = { life: this.life };
    this.#rollback = rollback;
    const end = () => {
      if (this.#rollback === rollback) this.#rollback = undefined;
    };
    void this.host
      .request("rollback", "", {}, { signal: AbortSignal.timeout(SERVER_LIMIT_MS) })
      .then(end, end);
  }

  /**
   * Has the process die.
   *
   * @param isBefore At a call of the storage: before it is carried out, or after.
   */
  dieIn(moments: number, isBefore: boolean): void {
    this.#crashIn = { moments, isBefore };
  }

  live(): void {
    this.#crashIn = undefined;
  }

  async die(): Promise<void> {
    this.#endLife();
    await this.host.restart();
  }

  async restore(snapshot: HostSnapshot): Promise<void> {
    this.#endLife();
    this.#retries.clear();
    await this.host.restore(snapshot);
  }

  get isRollingBack(): boolean {
    return this.#rollback !== undefined;
  }

  /** Something happens to a request of this mount. */
  onMoment(): void {
    if (this.#isDying()) void this.die();
  }

  #endLife(): void {
    this.life.ended = true;
    for (const tell of this.#atDeath.splice(0)) tell();
    this.#crashIn = undefined;
    this.#revoking.clear();
    this.diedAt.push(this.#time.now);
    this.#network.note(this.index, "dies");
  }

  #isDying(): boolean {
    if (!this.#crashIn) return false;
    this.#crashIn.moments -= 1;
    return this.#crashIn.moments < 0;
  }

  async #onStorageCall({ operation, key }: StorageCall): Promise<void> {
    const { life } = this;
    await this.#time.sleep(this.#network.delay(`${this.index} ${operation} ${key}`, 8));
    if (life.ended) return await never();
    const isBefore = this.#crashIn?.isBefore;
    if (!this.#isDying()) return;
    if (!isBefore && (operation === "put" || operation === "delete")) this.onDiedAfterWrite(life);
    void this.die();
    if (isBefore) await never();
  }
}
