import type { Connect } from "@vault-ts/terraform-cloud";
import {
  cachedStorage,
  KeyedLock,
  type Mount,
  type TypedSecret,
  type TypedWal,
} from "@vault-ts/vault-plugin";
import { DriftChecker } from "./diagnostics/drift-checker.ts";
import { DriftSchedule } from "./diagnostics/drift-schedule.ts";
import type { LeaseData } from "./leased/lease.ts";
import { LeaseEntries } from "./leased/lease-entry.ts";
import { LeaseReconciler } from "./leased/lease-reconciler.ts";
import { leaseSecret } from "./leased/lease-secret.ts";
import { oldLeaseWal, type PlannedToken } from "./leased/old-lease-wal.ts";
import { TokenIssuer } from "./leased/token-issuer.ts";
import { OwnerIndex } from "./role/owner-index.ts";
import { Rotations } from "./rotation/rotations.ts";
import { StoredTokens } from "./stored/stored-tokens.ts";
import { Terraform } from "./terraform.ts";

/** What the paths of one mount share. */
export interface Engine {
  /** With storage that is kept in process. */
  readonly mount: Mount;
  /** Their keys and their order: `locks.ts`. */
  readonly locks: KeyedLock;
  readonly terraform: Terraform;
  readonly index: OwnerIndex;
  readonly storedTokens: StoredTokens;
  readonly rotations: Rotations;
  readonly drift: DriftSchedule;
  readonly leases: {
    readonly entries: LeaseEntries;
    readonly issuer: TokenIssuer;
    readonly reconciler: LeaseReconciler;
    readonly secret: TypedSecret<LeaseData>;
    readonly oldWal: TypedWal<PlannedToken>;
  };
  /** Drops what is kept of an entry that another node has written. */
  invalidate(key: string): void;
}

/** What tests set. */
export interface EngineOptions {
  /** What carries the requests to Terraform Cloud; HTTP over sockets by default. */
  readonly connect?: Connect;
}

export function createEngine(bare: Mount, { connect }: EngineOptions = {}): Engine {
  const storage = cachedStorage(bare);
  const mount = { ...bare, storage };
  const locks = new KeyedLock();
  const terraform = new Terraform(mount, locks, connect);
  const index = new OwnerIndex(bare);
  const storedTokens = new StoredTokens(mount, terraform, index, locks);
  const entries = new LeaseEntries(bare);
  const secret = leaseSecret(mount, terraform, entries);
  return {
    mount,
    locks,
    terraform,
    index,
    storedTokens,
    rotations: new Rotations({ mount, terraform, index, locks, storedTokens }),
    drift: new DriftSchedule(mount, terraform, index, new DriftChecker(mount, terraform, index)),
    leases: {
      entries,
      secret,
      issuer: new TokenIssuer(mount, terraform, entries, secret),
      reconciler: new LeaseReconciler(mount, terraform, entries),
      oldWal: oldLeaseWal(entries),
    },
    invalidate(key) {
      storage.invalidate(key);
      index.invalidate(key);
    },
  };
}
