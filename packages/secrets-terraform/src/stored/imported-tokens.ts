import type { Account, TerraformCloud } from "@vault-ts/terraform-cloud";
import { entryType, type Redacted, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import type { RequestCaller } from "../caller.ts";
import { DEFAULT_BASE_PATH } from "../config/config.ts";
import { type Connection, isSameConnection } from "../config/connection.ts";
import { isSameOwner, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { readImportedToken } from "../role/role-entry.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { isUnauthorized } from "../upstream-error.ts";
import { currentTokenId } from "./current-token.ts";
import { type StoredToken, UNKNOWN_ROTATION } from "./stored-token.ts";

/**
 * The connection that the mount had when it was given another one: the tokens in roles of
 * HashiCorp's engine were written for it.
 */
const origin = entryType(
  v.object({
    address: v.string(),
    // Older versions kept the address alone.
    base_path: v.optional(v.string(), DEFAULT_BASE_PATH),
    ca_cert: v.optional(v.string(), ""),
  }),
);
const ORIGIN = "carried_tokens";

/**
 * Tokens of an owner in roles that HashiCorp's engine wrote, and the connection that they were
 * written for; undefined for the one in use.
 */
export interface ImportedTokens {
  readonly tokens: readonly Redacted[];
  readonly connection: Connection | undefined;
}

/** @param roles The names of the owner's roles. All but one of the tokens are dead. */
export async function readImportedTokens(
  storage: Storage,
  roles: Iterable<string>,
): Promise<ImportedTokens> {
  const tokens = await Promise.all([...roles].map((name) => readImportedToken(storage, name)));
  return {
    tokens: tokens.filter((token) => token !== undefined),
    connection: await origin.get(storage, ORIGIN),
  };
}

/**
 * To be called before the mount gets another connection: tokens in roles are never sent over
 * another than the first one.
 */
export async function keepImportedConnection(
  storage: Storage,
  index: OwnerIndex,
  { address, base_path, ca_cert }: Connection,
): Promise<void> {
  if (await origin.get(storage, ORIGIN)) return;
  for (const name of await index.all()) {
    if (await readImportedToken(storage, name))
      return await origin.put(storage, ORIGIN, { address, base_path, ca_cert });
  }
}

/**
 * The imported token that works, and is the owner's. Its id is asked for: the entries may hold that
 * of a token before.
 *
 * @throws TerraformCloudError if that can't be found out: a token that may be alive must not be
 *   replaced.
 */
export async function findLiveToken(
  { tokens, connection }: ImportedTokens,
  owner: StoredOwner,
  terraform: Terraform,
  { client, config }: OpenTerraform,
  caller: RequestCaller,
): Promise<StoredToken | undefined> {
  if (connection && !isSameConnection(connection, config)) return undefined;
  for (const token of tokens) {
    const account = await readAccount(terraform.clientOf({ ...config, token }).for(caller));
    if (!account?.owner || !isSameOwner(account.owner, owner)) continue;
    // Of an owner that has one token, the one that works is the current one.
    const token_id = account.tokenId ?? (await currentTokenId(client, owner)) ?? "";
    return {
      token,
      token_id,
      expired_at: "",
      created_at: "",
      address: config.address,
      ...UNKNOWN_ROTATION,
    };
  }
  return undefined;
}

async function readAccount(client: TerraformCloud): Promise<Account | undefined> {
  try {
    return await client.account.details();
  } catch (error) {
    if (isUnauthorized(error)) return undefined;
    throw error;
  }
}
