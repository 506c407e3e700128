import { type KeyedLock, type Mount, PluginError } from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import { storedKindOf } from "../kinds/index.ts";
import { ownerLock } from "../locks.ts";
import { ownerKey, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import {
  isHere,
  readStoredToken,
  readStoredTokenIfValid,
  type StoredToken,
  writeStoredToken,
} from "../stored/stored-token.ts";
import type { StoredTokens } from "../stored/stored-tokens.ts";
import type { Terraform } from "../terraform.ts";
import type { Rotatable, RotationScheduler } from "./rotation-scheduler.ts";
import { earliestRotation, rotationTime } from "./schedule.ts";

/** Owners whose entries are read at the same time when a process begins. */
const BATCH = 64;

/** What the rotations of a mount work with. */
export interface RotationParts {
  readonly mount: Mount;
  readonly terraform: Terraform;
  readonly index: OwnerIndex;
  readonly locks: KeyedLock;
  readonly storedTokens: StoredTokens;
}

/**
 * The scheduled rotations of stored tokens. What a reader needs to know of them is in the token's
 * entry, which each node has: the schedules of the owner's roles, and when the token was rotated.
 */
export class StoredRotations {
  readonly #parts: RotationParts;
  readonly #scheduler: RotationScheduler;

  constructor(parts: RotationParts, scheduler: RotationScheduler) {
    this.#parts = parts;
    this.#scheduler = scheduler;
  }

  /**
   * Plans the rotations of all owners, and repairs the entries of those whose roles were written by
   * a process that died then.
   */
  async planAll(): Promise<void> {
    const { index, locks, mount } = this.#parts;
    const owners = await index.owners();
    for (let start = 0; start < owners.length; start += BATCH) {
      const batch = owners.slice(start, start + BATCH).map(async (owner) => {
        const schedules = await index.schedulesOf(owner);
        const stored = await readStoredTokenIfValid(mount, owner);
        if (stored && !isSame(stored.schedules, schedules)) {
          using _owner = await locks.acquire([ownerLock(owner)]);
          await this.follow(owner);
        } else if (schedules.length > 0) await this.#scheduler.plan(this.#rotatable(owner));
      });
      await Promise.all(batch);
    }
  }

  /**
   * Roles of the owner were changed, or its token was created: its entry and its plan follow. The
   * owner's lock is the caller's.
   *
   * @param caller Who waits; without, a token of unknown age counts as created now.
   */
  async follow(owner: StoredOwner, caller?: RequestCaller): Promise<void> {
    const { index, mount } = this.#parts;
    const schedules = await index.schedulesOf(owner);
    const stored = await readStoredTokenIfValid(mount, owner);
    if (stored && !isSame(stored.schedules, schedules)) {
      await writeStoredToken(mount.storage, owner, {
        ...stored,
        schedules,
        last_vault_rotation:
          stored.last_vault_rotation || (await this.#creationOf(owner, stored, caller)),
        // Without a schedule nothing is retried.
        rotation_error: schedules.length > 0 ? stored.rotation_error : "",
      });
    }
    if (schedules.length > 0) await this.#scheduler.plan(this.#rotatable(owner));
    else this.#scheduler.forget(ownerKey(owner));
  }

  /** When a token was created that came from elsewhere, or that an older version has stored. */
  async #creationOf(
    owner: StoredOwner,
    { token_id }: StoredToken,
    caller?: RequestCaller,
  ): Promise<string> {
    const { mount, terraform } = this.#parts;
    const now = mount.clock.now();
    if (!caller) return rotationTime(now);
    try {
      const { client } = await terraform.open(caller);
      const { id, createdAt } = await storedKindOf(owner).tokensOf(client).read(owner.id);
      return rotationTime(id === token_id ? Math.min(createdAt.getTime(), now) : now);
    } catch {
      return rotationTime(now);
    }
  }

  #rotatable(owner: StoredOwner): Rotatable {
    const { mount, terraform, index, locks, storedTokens } = this.#parts;
    return {
      key: ownerKey(owner),
      async due(now) {
        const stored = await readStoredTokenIfValid(mount, owner);
        const config = await terraform.config();
        if (!stored || !config || config.is_lost || !isHere(stored, config)) return undefined;
        return nextOf(stored, now)?.at;
      },
      rotate: (signal) =>
        withDeadline({ signal }, (caller) =>
          storedTokens.rotate(owner, caller, async () => {
            const isReferred = (await index.rolesOf(owner)).size > 0;
            if (!isReferred)
              throw new PluginError("conflict", "no role references the token any more");
          }),
        ),
      async noteFailure(rotation_error, signal) {
        using _owner = await locks.acquire([ownerLock(owner)], signal);
        const stored = await readStoredToken(mount.storage, owner);
        if (stored && stored.schedules.length > 0)
          await writeStoredToken(mount.storage, owner, { ...stored, rotation_error });
      },
    };
  }
}

/**
 * When a stored token is rotated by itself next, and the schedule that says so; undefined if none
 * does.
 */
export function nextOf({ schedules, last_vault_rotation }: StoredToken, now: number) {
  if (schedules.length === 0 || last_vault_rotation === "") return undefined;
  return earliestRotation(schedules, Date.parse(last_vault_rotation), now);
}

/** The schedules of an owner, as its entry and the index have them: in the same order. */
function isSame(a: StoredToken["schedules"], b: StoredToken["schedules"]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
