import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { defineWal, KeyedLock, type Mount, Redacted, type TypedWal, type Wal } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { type Config, readConfig, writeConfig } from "../config.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { carriedTokens, firstAlive } from "./carried-tokens.ts";
import { LONGEST_REQUEST, logged } from "./logged.ts";
import { PendingChanges } from "./pending-changes.ts";
import { createSingleton, currentId, endSingleton } from "./singleton-token.ts";
import {
  deleteStoredToken,
  isHere,
  keyOf,
  readStoredToken,
  type StoredToken,
  writeStoredToken,
} from "./stored-token.ts";
import { roleNamesOf, type TokenOwner } from "./token-owner.ts";

/** A token that is about to be replaced, or ended. */
const plannedChange = v.object({
  type: v.picklist(["organization", "team"]),
  id: v.string(),
  /** The id of the token that the owner had before, null for none: whether another is there tells whether the change was made. */
  previous: v.nullable(v.string()),
  /** Where that is; older versions kept none. */
  address: v.optional(v.string(), ""),
});

type PlannedChange = v.InferOutput<typeof plannedChange>;

/** Tokens of organizations and teams that Terraform Cloud has one of: kept, and handed out until they are rotated. */
export class StoredTokens {
  readonly #mount: Mount;
  readonly #terraform: TerraformAccess;
  readonly #wal: TypedWal<PlannedChange>;
  readonly #lock = new KeyedLock();
  readonly #changes = new PendingChanges();

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.#terraform = terraform;
    this.#wal = defineWal({
      kind: "stored_token",
      data: plannedChange,
      minAge: LONGEST_REQUEST,
      rollback: ({ data, signal }) => this.#lock.run(keyOf(data), () => this.#settle(data, signal)),
    });
  }

  /** The changes that were begun, and never told to be done. */
  get wal(): Wal {
    return this.#wal;
  }

  /**
   * The owner's token, if one is stored that was made where the mount calls now. While it is being replaced, or ended, it waits a while for
   * what comes of that.
   */
  async get(owner: TokenOwner): Promise<StoredToken | undefined> {
    await this.#changes.settled(keyOf(owner));
    const stored = await readStoredToken(this.#mount.storage, owner);
    const config = await this.#terraform.config();
    return stored && (!config || isHere(stored, config)) ? stored : undefined;
  }

  /**
   * The owner's token; made first if there is none yet, with a warning if that ended another.
   *
   * @param alongside What has to be done as well for a new one to have a holder: until then it is in the log.
   */
  async ensure(
    owner: TokenOwner,
    alongside = async () => {},
  ): Promise<{ readonly stored: StoredToken; readonly warnings: readonly string[] }> {
    return await this.#lock.run(keyOf(owner), async () => {
      const found = await this.#find(owner);
      if (!found) {
        const { stored, previous } = await this.#make(owner, alongside);
        return { stored, warnings: previous === null ? [] : [replaced(owner, previous)] };
      }
      await alongside();
      return { stored: found, warnings: [] };
    });
  }

  /** Keeps the token that works of those that roles of HashiCorp's engine carry, before one of these roles goes. */
  async adopt(owner: TokenOwner): Promise<void> {
    await this.#lock.run(keyOf(owner), async () => {
      const isStored = (await readStoredToken(this.#mount.storage, owner)) !== undefined;
      if (!isStored && (await this.#terraform.config())) await this.#find(owner);
    });
  }

  /** Makes a new token for the owner, which ends the one before. One rotation of an owner at a time. */
  async rotate(owner: TokenOwner): Promise<void> {
    await this.#lock.run(keyOf(owner), () => this.#make(owner));
  }

  /**
   * Ends the owner's token, at Terraform Cloud and here. Gone already is fine.
   *
   * @param alongside What takes its last holder away: until then it is in the log.
   * @returns why the owner's token lives on at Terraform Cloud, if it does.
   */
  async revoke(
    owner: TokenOwner,
    signal: AbortSignal,
    alongside: () => Promise<void>,
  ): Promise<string | undefined> {
    const { storage } = this.#mount;
    const forget = async () => {
      await deleteStoredToken(storage, owner);
      await alongside();
    };
    return await this.#lock.run(keyOf(owner), async () => {
      if (!(await this.#terraform.config())) {
        const isThere = await this.#isKnown(owner);
        await forget();
        return isThere ? "this mount has no token to end it with" : undefined;
      }
      const found = await this.#find(owner);
      return await this.#terraform.call(async (client, config) => {
        if (!found) {
          const elsewhere = await this.#elsewhere(owner, config);
          await forget();
          return elsewhere && `it was made at ${elsewhere}, and this mount calls ${config.address}`;
        }
        if (isConfigured(found.token_id, owner, config)) {
          await forget();
          return "it is the one that this mount is configured with";
        }
        await this.#change(owner, { previous: found.token_id, address: config.address }, async () => {
          await endSingleton(client, owner, signal);
          await forget();
        });
        return undefined;
      });
    });
  }

  /** The stored token, or one that isn't known as such yet: it is kept as the owner's from then on. */
  async #find(owner: TokenOwner): Promise<StoredToken | undefined> {
    const { storage } = this.#mount;
    const stored = await this.get(owner);
    if (stored) return stored;
    const elsewhere = await readStoredToken(storage, owner);
    const found = elsewhere ? await this.#moved(owner, elsewhere) : await this.#carried(owner);
    if (found) await writeStoredToken(storage, owner, found);
    return found;
  }

  /** A token that was made at another address, if it is the owner's at the present one: that is another name of the same Terraform Cloud. */
  async #moved(owner: TokenOwner, stored: StoredToken): Promise<StoredToken | undefined> {
    return await this.#terraform.call(async (client, { address }) => {
      const current = await currentId(client, owner);
      return current === stored.token_id ? { ...stored, address } : undefined;
    });
  }

  /** The token that a role of HashiCorp's engine carries, if it works. */
  async #carried(owner: TokenOwner): Promise<StoredToken | undefined> {
    const { tokens, address } = await carriedTokens(this.#mount.storage, owner);
    if (tokens.length === 0) return undefined;
    return await this.#terraform.call(async (_, config) =>
      (address ?? config.address) === config.address ? await firstAlive(tokens, owner, config) : undefined,
    );
  }

  /** The address at which a token was made that is known, and not at the present one. */
  async #elsewhere(owner: TokenOwner, config: Config): Promise<string | undefined> {
    const { storage } = this.#mount;
    const stored = await readStoredToken(storage, owner);
    if (stored) return stored.address;
    const { tokens, address } = await carriedTokens(storage, owner);
    return tokens.length > 0 && address !== config.address ? address : undefined;
  }

  async #isKnown(owner: TokenOwner): Promise<boolean> {
    const { storage } = this.#mount;
    const stored = await readStoredToken(storage, owner);
    return stored !== undefined || (await carriedTokens(storage, owner)).tokens.length > 0;
  }

  /** @returns the new token, and the id of the one that it has ended. */
  async #make(
    owner: TokenOwner,
    alongside = async () => {},
  ): Promise<{ readonly stored: StoredToken; readonly previous: string | null }> {
    return await this.#terraform.call(async (client, config) => {
      const previous = await currentId(client, owner);
      return await this.#change(owner, { previous, address: config.address }, async () => {
        const stored = await this.#replace(client, config, owner, previous);
        await alongside();
        return { stored, previous };
      });
    });
  }

  /** Makes the owner's token, and keeps it; the entry in the log is the caller's. */
  async #replace(
    client: TerraformCloud,
    config: Config,
    owner: TokenOwner,
    previous: string | null,
  ): Promise<StoredToken> {
    const made = await createSingleton(client, owner);
    const stored: StoredToken = {
      token: new Redacted(made.token),
      token_id: made.id,
      expired_at: made.expiredAt?.toISOString() ?? "",
      address: config.address,
    };
    if (previous !== null && isConfigured(previous, owner, config)) await this.#configure(config, stored);
    await writeStoredToken(this.#mount.storage, owner, stored);
    return stored;
  }

  /** The mount's own token has just ended: it goes on with the new one, if it hasn't been given another meanwhile. */
  async #configure(ended: Config, { token, token_id, expired_at }: StoredToken): Promise<void> {
    const { storage } = this.#mount;
    await this.#terraform.configuring(async () => {
      const present = await readConfig(storage);
      if (present?.address !== ended.address || present.token?.reveal() !== ended.token?.reveal()) return;
      await writeConfig(storage, { ...present, token, token_id, token_expired_at: expired_at });
    });
  }

  /** Replaces or ends the owner's token: with an entry in the log, and while those who want the token wait. */
  async #change<T>(
    owner: TokenOwner,
    before: Pick<PlannedChange, "previous" | "address">,
    change: () => Promise<T>,
  ): Promise<T> {
    return await logged(this.#mount, this.#wal, { ...owner, ...before }, () =>
      this.#changes.run(keyOf(owner), change),
    );
  }

  /** Brings an owner's token to where it can be handed out if a role is there for it, and is gone if none is. */
  async #settle({ previous, address, ...owner }: PlannedChange, signal: AbortSignal): Promise<void> {
    const { storage, logger } = this.#mount;
    const isHeld = (await roleNamesOf(storage, owner)).length > 0;
    const stored = await readStoredToken(storage, owner);
    if (!isHeld && !(await this.#terraform.config())) {
      logger.warn("the mount has no token to end another with that nobody holds", { ...owner, address });
      await deleteStoredToken(storage, owner);
      return;
    }
    await this.#terraform.call(async (client, config) => {
      // What is at another address is another's. A token of before that is stored will be found not to be from here.
      if (!isHere({ address }, config)) {
        if (!isHeld) await deleteStoredToken(storage, owner);
        return;
      }
      const current = await currentId(client, owner);
      const isStored = stored !== undefined && stored.token_id === current;
      // What nobody has the text of, because it was made in vain.
      const isLost = current !== null && current !== previous && !isStored;
      const isDead = stored !== undefined && !isStored && stored.token_id === previous;
      if (isHeld && (isLost || isDead)) {
        // The entry that is being settled holds until this is done.
        await this.#changes.run(keyOf(owner), () => this.#replace(client, config, owner, current));
      } else if (!isHeld) {
        if ((isLost || isStored) && !isConfigured(current, owner, config)) {
          await endSingleton(client, owner, signal);
        }
        await deleteStoredToken(storage, owner);
      }
    });
  }
}

function replaced({ type, id }: TokenOwner, previous: string): string {
  return `${type} ${id} had a token, ${previous}, which has ended with this: whoever uses it needs the new one`;
}

/** Whether a token of the owner is the one that the mount itself calls Terraform Cloud with. */
function isConfigured(tokenId: string, owner: TokenOwner, config: Config): boolean {
  if (config.token_id !== "") return config.token_id === tokenId;
  // Older servers tell no id, but whose it is; an organization has but one.
  return (
    owner.type === "organization" && config.token_owner_type === owner.type && config.owner_id === owner.id
  );
}
