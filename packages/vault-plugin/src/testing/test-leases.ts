import type { Data } from "../data.ts";
import type { Lease } from "../reply.ts";
import { overTheWire } from "./over-the-wire.ts";
import type { TestSystem } from "./test-system.ts";

/** A lease as a host stores it. */
export interface TestLease {
  readonly id: string;
  readonly internal: Data;
  readonly renewable: boolean;
  readonly issueTime: Date;
  /** Seconds from the issue or the last renewal. */
  readonly ttl: number;
  /** As the plugin set it: seconds from the issue, 0 for the mount's. */
  readonly maxTtl: number;
  readonly expireTime: Date;
}

/** A snapshot of the leases. */
export type LeaseSnapshot = ReadonlyMap<string, Readonly<Entry>>;

interface Entry {
  lease: TestLease;
  failures: number;
  /** When the host will try to revoke it. */
  due: number;
}

/** After so many failures a lease becomes irrevocable. */
const MAX_FAILURES = 6;
const FIRST_RETRY_MS = 10_000;

/** The leases of a host in memory, which revokes them as OpenBao and Vault do. */
export class TestLeases {
  readonly #entries = new Map<string, Entry>();
  readonly #system: TestSystem;
  readonly #now: () => number;
  #issued = 0;

  constructor(system: TestSystem, now: () => number) {
    this.#system = system;
    this.#now = now;
  }

  /** The leases that haven't been revoked, oldest first. */
  get all(): readonly TestLease[] {
    return [...this.#entries.values()].map(({ lease }) => lease);
  }

  /** The irrevocable leases, after as many attempts as on a real host. */
  get irrevocable(): readonly TestLease[] {
    return [...this.#entries.values()]
      .filter(({ due }) => due === Number.POSITIVE_INFINITY)
      .map(({ lease }) => lease);
  }

  snapshot(): LeaseSnapshot {
    return new Map([...this.#entries].map(([id, entry]) => [id, { ...entry }]));
  }

  restore(snapshot: LeaseSnapshot): void {
    this.#entries.clear();
    for (const [id, entry] of snapshot) this.#entries.set(id, { ...entry });
  }

  /** When the next one is to be revoked, in milliseconds since 1970. */
  get nextDue(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.#entries.values()].map(({ due }) => due));
  }

  dueBy(time: number): readonly TestLease[] {
    return [...this.#entries.values()].filter(({ due }) => due <= time).map(({ lease }) => lease);
  }

  /** Registers a lease, or replaces one that is renewed. */
  register(
    path: string,
    lease: Lease,
    renewed?: { readonly lease: TestLease; readonly increment: number },
  ): TestLease {
    this.#issued += renewed ? 0 : 1;
    const now = this.#now();
    const issueTime = renewed?.lease.issueTime ?? lease.issueTime ?? new Date(now);
    const ttl = this.#ttl(lease, issueTime, renewed?.increment ?? 0);
    const registered: TestLease = {
      id: renewed?.lease.id ?? `test/${path}/${this.#issued}`,
      internal: overTheWire(lease.internal),
      renewable: lease.renewable,
      issueTime,
      ttl,
      maxTtl: lease.maxTtl,
      expireTime: new Date(now + ttl * 1000),
    };
    this.#entries.set(registered.id, {
      lease: registered,
      failures: 0,
      due: registered.expireTime.getTime(),
    });
    return registered;
  }

  revoked({ id }: TestLease): void {
    this.#entries.delete(id);
  }

  failed({ id }: TestLease): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.failures += 1;
    entry.due =
      entry.failures >= MAX_FAILURES
        ? Number.POSITIVE_INFINITY
        : this.#now() + FIRST_RETRY_MS * 2 ** (entry.failures - 1);
  }

  /**
   * As hosts do: the client's increment takes precedence over the plugin's ttl, and the maximums
   * cap both.
   */
  #ttl({ ttl, maxTtl }: Lease, issueTime: Date, increment: number): number {
    const { defaultLeaseTtl, maxLeaseTtl } = this.#system;
    const wanted = increment || ttl || defaultLeaseTtl;
    const longest = maxTtl > 0 ? Math.min(maxTtl, maxLeaseTtl) : maxLeaseTtl;
    const left = longest - Math.floor((this.#now() - issueTime.getTime()) / 1000);
    if (left <= 0) throw new Error("the lease is past its maximum and can't be renewed");
    return Math.min(wanted, left);
  }
}
