import {
  type IssuedToken,
  type Outcome,
  outcomeOf,
  type TerraformCloud,
  type TokenOptions,
} from "@vault-ts/terraform-cloud";
import { PluginError } from "@vault-ts/vault-plugin";
import { changeDeadline, isWorthRetrying, type RequestCaller } from "../caller.ts";
import { explainNotFound } from "../kinds/explain-not-found.ts";
import { storedKindOf } from "../kinds/index.ts";
import { named, type StoredOwner } from "../owner.ts";
import type { OpenTerraform } from "../terraform.ts";
import { fromUpstream } from "../upstream-error.ts";

/**
 * A token that was created, and whether an attempt before may be applied yet, late: that would
 * delete it.
 */
export interface CreatedToken {
  readonly token: IssuedToken;
  readonly isContested: boolean;
}

/**
 * Creates the owner's token, which deletes the one before; one that its organization's TTL policy
 * takes.
 *
 * @returns A policy that rejects the token, and doesn't say what it takes, leaves an unknown
 *   outcome: the one before is gone by then.
 */
export async function createStoredToken(
  open: OpenTerraform,
  owner: StoredOwner,
  caller: RequestCaller,
  options: TokenOptions = {},
): Promise<Outcome<CreatedToken, Error>> {
  const created = await createAtMostTwice(open, owner, caller, options);
  if (created.status === "not applied") {
    return {
      status: "not applied",
      error: explainNotFound(storedKindOf(owner), owner, created.error),
    };
  }
  if (created.status === "unknown" || !created.value.token.isTtlRejected) return created;
  try {
    const lifetimeMs = await longestLifetime(open.client, owner);
    const expiredAt = new Date(created.value.token.createdAt.getTime() + lifetimeMs);
    const shorter = await createAtMostTwice(open, owner, caller, { expiredAt });
    if (shorter.status !== "applied") throw shorter.error;
    const isContested = created.value.isContested || shorter.value.isContested;
    return { status: "applied", value: { ...shorter.value, isContested } };
  } catch (error) {
    const { message } = PluginError.from(fromUpstream(error));
    const rejected = new PluginError(
      "bad_request",
      `creating a token for ${named(owner)} failed: the organization's token TTL policy rejects its lifetime, and creating one with a shorter lifetime failed: ${message}; the previous token, if any, was deleted`,
      { cause: error },
    );
    return { status: "unknown", error: rejected };
  }
}

/**
 * Where the outcome is unknown, the token is created again within request_timeout: the one before
 * is dead either way, and the new one replaces whatever was created.
 */
async function createAtMostTwice(
  { client, config }: OpenTerraform,
  owner: StoredOwner,
  caller: RequestCaller,
  options: TokenOptions,
): Promise<Outcome<CreatedToken>> {
  const deadline = changeDeadline(caller, config);
  const tokens = storedKindOf(owner).tokensOf(client.for({ ...caller, deadline }));
  const create = async (isContested: boolean): Promise<CreatedToken> => {
    const token = await tokens.create(owner.id, options);
    return { token, isContested };
  };
  const first = await outcomeOf(create(false));
  if (first.status !== "unknown" || !isWorthRetrying(caller, deadline)) return first;
  const second = await outcomeOf(create(true));
  // A refusal now says nothing of what became of the first one.
  return second.status === "applied" ? second : first;
}

/** Milliseconds that the owner's tokens may live, as its organization's policy has it. */
async function longestLifetime(client: TerraformCloud, owner: StoredOwner): Promise<number> {
  const kind = storedKindOf(owner);
  const organization = await kind.organizationOf(client, owner);
  const policy =
    organization === undefined ? {} : await client.organizations.ttlPolicy(organization);
  const longest = policy[kind.policyType];
  if (longest !== undefined) return longest;
  throw new PluginError("upstream", "Terraform Cloud doesn't return the policy's maximum");
}
