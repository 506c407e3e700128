import { type Account, TerraformCloudError } from "@vault-ts/terraform-cloud";
import type { Redacted, Storage } from "@vault-ts/vault-plugin";
import type { Config } from "../config.ts";
import { listRoles, readCarriedToken, readRole } from "../role.ts";
import { clientOf } from "../terraform-access.ts";
import type { StoredToken } from "./stored-token.ts";
import { isSameOwner, storedTokenOwner, type TokenOwner } from "./token-owner.ts";

/** The tokens of an owner that roles of HashiCorp's engine carry in their entries; all but one of them are dead. */
export async function carriedTokens(storage: Storage, owner: TokenOwner): Promise<readonly Redacted[]> {
  const names = await listRoles(storage);
  const tokens = await Promise.all(
    names.map(async (name) => {
      const role = await readRole(storage, name);
      return role && isSameOwner(storedTokenOwner(role), owner)
        ? await readCarriedToken(storage, name)
        : undefined;
    }),
  );
  return tokens.filter((token) => token !== undefined);
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
