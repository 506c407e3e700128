import { type Outcome, outcomeOf, type TerraformCloud } from "@vault-ts/terraform-cloud";
import { storedKindOf } from "../kinds/index.ts";
import type { StoredOwner } from "../owner.ts";
import { isNotFound } from "../upstream-error.ts";
import { currentTokenId } from "./current-token.ts";

/**
 * Deletes one token of an owner, by its id: other tokens that the owner has by then, such as one
 * that another mount has just created, are left alone. One that has gone is fine.
 *
 * @param id Of the token that the owner had a moment ago.
 */
export async function deleteToken(
  client: TerraformCloud,
  owner: StoredOwner,
  id: string,
): Promise<Outcome<void>> {
  const byId = await outcomeOf(client.tokens.delete(id));
  if (byId.status === "applied" || !isNotFound(byId.error)) return byId;
  if ((await currentTokenId(client, owner)) !== id) return GONE;
  // It is there all the same: this Terraform Cloud deletes the one token of an owner under the
  // owner's name alone.
  const byOwner = await outcomeOf(storedKindOf(owner).tokensOf(client).delete(owner.id));
  return byOwner.status !== "applied" && isNotFound(byOwner.error) ? GONE : byOwner;
}

const GONE = { status: "applied", value: undefined } as const;
