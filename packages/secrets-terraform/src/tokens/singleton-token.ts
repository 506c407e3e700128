import {
  type IssuedToken,
  type SingletonTokensApi,
  type TerraformCloud,
  TerraformCloudError,
  type TokenOptions,
} from "@vault-ts/terraform-cloud";
import { PluginError } from "@vault-ts/vault-plugin";
import { isNotFound } from "../upstream-error.ts";
import { endToken } from "./end-token.ts";
import type { TokenOwner } from "./token-owner.ts";

/** The id of the token that the owner has at Terraform Cloud; null for none. */
export async function currentId(client: TerraformCloud, owner: TokenOwner): Promise<string | null> {
  try {
    return (await singletonsOf(client, owner).read(owner.id)).id;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/**
 * Makes the owner's token, which ends the one before; one that its organization's policy takes.
 *
 * Takes no signal: a request that is cut off may have ended the token that is stored. Its own time limit ends it.
 *
 * @throws PluginError `bad_request` if the policy rejects it, and can't be learned: the one before has ended by then.
 */
export async function createSingleton(client: TerraformCloud, owner: TokenOwner): Promise<IssuedToken> {
  const made = await createSurely(client, owner);
  return made.isTtlRejected ? await createWithinPolicy(client, owner, made.createdAt) : made;
}

/** @param start A moment, by the clock of Terraform Cloud, from which on the token may live as long as it may. */
async function createWithinPolicy(
  client: TerraformCloud,
  owner: TokenOwner,
  start: Date,
): Promise<IssuedToken> {
  try {
    const expiredAt = new Date(start.getTime() + (await longestLifetime(client, owner)));
    return await createSurely(client, owner, { expiredAt });
  } catch (error) {
    // Whatever it is, it doesn't mean that nothing was done.
    throw new PluginError(
      "bad_request",
      `the new token of ${owner.type} ${owner.id} lives longer than its organization allows: ${PluginError.from(error).message}`,
      { cause: error },
    );
  }
}

/** Ends the owner's token. Gone already is fine. */
export async function endSingleton(
  client: TerraformCloud,
  owner: TokenOwner,
  signal: AbortSignal,
): Promise<void> {
  await endToken(client, () => singletonsOf(client, owner).delete(owner.id, signal), signal);
}

/**
 * If it isn't known what became of the token, it is made once more: the one before is dead either way, and the new one ends whatever was
 * made.
 */
async function createSurely(
  client: TerraformCloud,
  owner: TokenOwner,
  options: TokenOptions = {},
): Promise<IssuedToken> {
  const tokens = singletonsOf(client, owner);
  try {
    return await tokens.create(owner.id, options);
  } catch (error) {
    if (!(error instanceof TerraformCloudError) || error.isRefusal) throw error;
    // A refusal now would say nothing of what became of the first one.
    return await tokens.create(owner.id, options).catch(() => Promise.reject(error));
  }
}

/** Milliseconds that the owner's tokens may live, as its organization's policy has it. */
async function longestLifetime(client: TerraformCloud, owner: TokenOwner): Promise<number> {
  const organization =
    owner.type === "organization" ? owner.id : (await client.teams.read(owner.id)).organization;
  const longest =
    organization === null ? undefined : (await client.organizations.ttlPolicy(organization))[owner.type];
  if (longest !== undefined) return longest;
  throw new PluginError("upstream", "Terraform Cloud doesn't tell how long that is");
}

function singletonsOf(client: TerraformCloud, { type }: TokenOwner): SingletonTokensApi {
  return type === "organization" ? client.organizationTokens : client.teamLegacyTokens;
}
