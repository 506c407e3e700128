import type { IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  type EntryType,
  entryType,
  KeyedLock,
  type Mount,
  Redacted,
  redacted,
  requireActiveNode,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { TerraformAccess } from "../terraform-access.ts";
import { isNotFound } from "../upstream-error.ts";
import { carriedTokens, firstAlive } from "./carried-tokens.ts";
import type { StoredToken, TokenOwner } from "./token-owner.ts";

/** Seal-wrapped, as all that holds a token. */
export const STORED_TOKEN_PREFIX = "token/";

const keyOf = ({ type, id }: TokenOwner): string => `${STORED_TOKEN_PREFIX}${type}/${id}`;

const entry: EntryType<StoredToken> = entryType(
  v.object({ token: redacted(v.string()), token_id: v.string() }),
);

/** Tokens of organizations and teams that Terraform Cloud has one of: kept, and handed out until they are rotated. */
export class StoredTokens {
  readonly #mount: Mount;
  readonly #terraform: TerraformAccess;
  readonly #lock = new KeyedLock();

  constructor(mount: Mount, terraform: TerraformAccess) {
    this.#mount = mount;
    this.#terraform = terraform;
  }

  /** The owner's token; made first if there is none yet. */
  async ensure(owner: TokenOwner): Promise<StoredToken> {
    const stored = await entry.get(this.#mount.storage, keyOf(owner));
    if (stored) return stored;
    await requireActiveNode(this.#mount);
    return await this.#lock.run(
      keyOf(owner),
      async () => (await this.#find(owner)) ?? (await this.#make(owner)),
    );
  }

  /** Makes a new token for the owner, which ends the one before. One rotation of an owner at a time. */
  async rotate(owner: TokenOwner): Promise<void> {
    await this.#lock.run(keyOf(owner), () => this.#make(owner));
  }

  /**
   * Ends the owner's token, at Terraform Cloud and here. Gone already is fine.
   *
   * @returns false if the mount has no token to call Terraform Cloud with, so that the owner's lives on there.
   */
  async revoke(owner: TokenOwner, signal: AbortSignal): Promise<boolean> {
    const { storage } = this.#mount;
    return await this.#lock.run(keyOf(owner), async () => {
      const canEnd = await this.#terraform.isConfigured();
      const isThere = canEnd ? await this.#find(owner) : await this.#isKnown(owner);
      if (isThere && canEnd) await this.#terraform.call((client) => remove(client, owner, signal));
      await storage.delete(keyOf(owner));
      return canEnd || !isThere;
    });
  }

  /** The stored token, or the one that a role of HashiCorp's engine carries, if it works: it is kept as the owner's from then on. */
  async #find(owner: TokenOwner): Promise<StoredToken | undefined> {
    const { storage } = this.#mount;
    const stored = await entry.get(storage, keyOf(owner));
    if (stored) return stored;
    const carried = await carriedTokens(storage, owner);
    if (carried.length === 0) return undefined;
    const alive = await this.#terraform.call((_, config) => firstAlive(carried, owner, config));
    if (alive) await entry.put(storage, keyOf(owner), alive);
    return alive;
  }

  async #isKnown(owner: TokenOwner): Promise<boolean> {
    const { storage } = this.#mount;
    return (
      Boolean(await entry.get(storage, keyOf(owner))) || (await carriedTokens(storage, owner)).length > 0
    );
  }

  async #make(owner: TokenOwner): Promise<StoredToken> {
    const { token, id } = await this.#terraform.call((client) => create(client, owner));
    const stored = { token: new Redacted(token), token_id: id };
    await entry.put(this.#mount.storage, keyOf(owner), stored);
    return stored;
  }
}

/** Takes no signal: a request that is cut off may have ended the token that is stored. Its own time limit ends it. */
function create(client: TerraformCloud, owner: TokenOwner): Promise<IssuedToken> {
  return owner.type === "organization"
    ? client.organizationTokens.create(owner.id)
    : client.teamLegacyTokens.create(owner.id);
}

async function remove(client: TerraformCloud, owner: TokenOwner, signal: AbortSignal): Promise<void> {
  try {
    await (owner.type === "organization"
      ? client.organizationTokens.delete(owner.id, signal)
      : client.teamLegacyTokens.delete(owner.id, signal));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.account.details(signal);
  }
}
