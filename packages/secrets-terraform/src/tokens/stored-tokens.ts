import type { IssuedToken, TerraformCloud } from "@vault-ts/terraform-cloud";
import { type EntryType, entryType, KeyedLock, type Mount, requireActiveNode } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { effectiveType, type Role } from "../role.ts";
import type { TerraformAccess } from "../terraform-access.ts";
import { isNotFound } from "../upstream-error.ts";

/** Whose token it is. Terraform Cloud keeps one of this kind for each, so that roles of one owner share it. */
export interface TokenOwner {
  readonly type: "organization" | "team";
  /** The name of the organization, or the id of the team. */
  readonly id: string;
}

export interface StoredToken {
  readonly token: string;
  readonly token_id: string;
}

/** Seal-wrapped, as all that holds a token. */
export const STORED_TOKEN_PREFIX = "token/";

const keyOf = ({ type, id }: TokenOwner): string => `${STORED_TOKEN_PREFIX}${type}/${id}`;

const entry: EntryType<StoredToken> = entryType(v.object({ token: v.string(), token_id: v.string() }));

/** The owner of the role's stored token; undefined for a role whose tokens are leased. */
export function storedTokenOwner(role: Role): TokenOwner | undefined {
  switch (effectiveType(role)) {
    case "organization":
      return { type: "organization", id: role.organization };
    case "team_legacy":
      return { type: "team", id: role.team_id };
    default:
      return undefined;
  }
}

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
      async () => (await entry.get(this.#mount.storage, keyOf(owner))) ?? (await this.#make(owner)),
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
    return await this.#lock.run(keyOf(owner), async () => {
      const stored = await entry.get(this.#mount.storage, keyOf(owner));
      const canEnd = await this.#terraform.isConfigured();
      if (stored && canEnd) await this.#terraform.call((client) => remove(client, owner, signal));
      await this.#mount.storage.delete(keyOf(owner));
      return !stored || canEnd;
    });
  }

  async #make(owner: TokenOwner): Promise<StoredToken> {
    const { token, id } = await this.#terraform.call((client) => create(client, owner));
    const stored = { token, token_id: id };
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
