import { type Account, type TerraformCloud, TerraformCloudError } from "@vault-ts/terraform-cloud";
import { entryType, type Redacted, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { isSameAddress } from "../config/connection.ts";
import { isSameOwner, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { readImportedToken } from "../role/role-entry.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { currentTokenId } from "./current-token.ts";
import { type StoredToken, UNKNOWN_ROTATION } from "./stored-token.ts";

/**
 * Where the mount called when it was given another address: the tokens in roles of HashiCorp's
 * engine are of there.
 */
const origin = entryType(v.object({ address: v.string() }));
const ORIGIN = "carried_tokens";

/**
 * Tokens of an owner in roles that HashiCorp's engine wrote, and where they were created; undefined
 * for where the mount calls.
 */
export interface ImportedTokens {
  readonly tokens: readonly Redacted[];
  readonly address: string | undefined;
}

/** @param roles The names of the owner's roles. All but one of the tokens are dead. */
export async function readImportedTokens(
  storage: Storage,
  roles: Iterable<string>,
): Promise<ImportedTokens> {
  const tokens = await Promise.all([...roles].map((name) => readImportedToken(storage, name)));
  return {
    tokens: tokens.filter((token) => token !== undefined),
    address: (await origin.get(storage, ORIGIN))?.address,
  };
}

/**
 * To be called before the mount calls another address than so far: tokens in roles are never sent
 * to another than the first one.
 */
export async function keepImportedAddress(
  storage: Storage,
  index: OwnerIndex,
  address: string,
): Promise<void> {
  if (await origin.get(storage, ORIGIN)) return;
  for (const name of await index.all()) {
    if (await readImportedToken(storage, name))
      return await origin.put(storage, ORIGIN, { address });
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
  { tokens, address }: ImportedTokens,
  owner: StoredOwner,
  terraform: Terraform,
  { client, config }: OpenTerraform,
): Promise<StoredToken | undefined> {
  if (address !== undefined && !isSameAddress(address, config.address)) return undefined;
  for (const token of tokens) {
    const account = await readAccount(terraform.clientOf({ ...config, token }));
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
    if (error instanceof TerraformCloudError && error.code === "unauthorized") return undefined;
    throw error;
  }
}
