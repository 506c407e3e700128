import { type Account, TerraformCloudError } from "@vault-ts/terraform-cloud";
import { entryType, type Redacted, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { Config } from "../config.ts";
import { listRoles, readCarriedToken } from "../role.ts";
import { clientOf } from "../terraform-access.ts";
import type { StoredToken } from "./stored-token.ts";
import { roleNamesOf, type TokenOwner } from "./token-owner.ts";

/** Where the tokens that roles carry were made, once the mount calls, or has called, another address. */
const madeAt = entryType(v.object({ address: v.string() }));
const MADE_AT = "carried_tokens";

/** Tokens of an owner, and where they were made; undefined for where the mount calls. */
export interface CarriedTokens {
  readonly tokens: readonly Redacted[];
  readonly address: string | undefined;
}

/** The tokens that an owner's roles of HashiCorp's engine carry in their entries; all but one of them are dead. */
export async function carriedTokens(storage: Storage, owner: TokenOwner): Promise<CarriedTokens> {
  const names = await roleNamesOf(storage, owner);
  const tokens = await Promise.all(names.map((name) => readCarriedToken(storage, name)));
  return {
    tokens: tokens.filter((token) => token !== undefined),
    address: (await madeAt.get(storage, MADE_AT))?.address,
  };
}

/**
 * To be called before the mount calls another address than so far: the tokens that roles carry are those of the first one, and are never sent to
 * another.
 */
export async function leaveAddress(storage: Storage, address: string | undefined): Promise<void> {
  if (address === undefined || (await madeAt.get(storage, MADE_AT))) return;
  const names = await listRoles(storage);
  const carried = await Promise.all(names.map((name) => readCarriedToken(storage, name)));
  if (carried.some((token) => token !== undefined)) await madeAt.put(storage, MADE_AT, { address });
}

/**
 * The one that works, and is the owner's. Its id is asked for: the entries may hold that of a token before.
 *
 * @throws TerraformCloudError if that can't be found out: a token that may be alive must not be replaced.
 */
export async function firstAlive(
  tokens: readonly Redacted[],
  owner: TokenOwner,
  config: Config,
): Promise<StoredToken | undefined> {
  for (const token of tokens) {
    const account = await accountOf({ ...config, token });
    if (account && account.owner.type === owner.type && account.owner.id === owner.id) {
      return { token, token_id: account.tokenId ?? "", expired_at: "", address: config.address };
    }
  }
  return undefined;
}

async function accountOf(config: Config): Promise<Account | undefined> {
  try {
    return await clientOf(config).account.details();
  } catch (error) {
    if (error instanceof TerraformCloudError && error.code === "unauthorized") return undefined;
    throw error;
  }
}
