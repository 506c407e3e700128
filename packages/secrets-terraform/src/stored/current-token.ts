import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import type { Mount } from "@vault-ts/vault-plugin";
import { storedKindOf, targetOfStored } from "../kinds/index.ts";
import { isSameOwner, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { isNotFound } from "../upstream-error.ts";
import { isHere, readStoredTokenIfValid, type StoredToken } from "./stored-token.ts";

/** An owner's token, as Terraform Cloud and the mount know it. */
export interface CurrentToken {
  /**
   * The id of the token that the owner has at Terraform Cloud; null for none, or none that is
   * shown.
   */
  readonly id: string | null;
  /** What the mount stores, if it was created where the mount calls now. */
  readonly stored: StoredToken | undefined;
  /** What the mount stores, if it was created elsewhere. */
  readonly storedElsewhere: StoredToken | undefined;
  /**
   * Whether it is the one that the mount itself calls with: `unsure` where Terraform Cloud, being
   * old, doesn't tell.
   */
  readonly isOwn: "yes" | "no" | "unsure";
}

/** Reads what there is of an owner's token, before anything is done to it. */
export async function readCurrentToken(
  mount: Pick<Mount, "storage" | "logger">,
  terraform: Terraform,
  open: OpenTerraform,
  owner: StoredOwner,
): Promise<CurrentToken> {
  const known = await readStoredTokenIfValid(mount, owner);
  const stored = known && isHere(known, open.config) ? known : undefined;
  const id = await currentTokenId(open.client, owner);
  return {
    id,
    stored,
    storedElsewhere: stored ? undefined : known,
    isOwn: id === null ? "no" : await isOwn(terraform, open, owner, id, stored),
  };
}

/**
 * The id of the token that the owner has at Terraform Cloud; null for none, or none that is shown.
 */
export async function currentTokenId(
  client: TerraformCloud,
  owner: StoredOwner,
): Promise<string | null> {
  try {
    return (await storedKindOf(owner).tokensOf(client).read(owner.id)).id;
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function isOwn(
  terraform: Terraform,
  open: OpenTerraform,
  owner: StoredOwner,
  id: string,
  stored: StoredToken | undefined,
): Promise<CurrentToken["isOwn"]> {
  const identity = await terraform.identity(open);
  if (identity.tokenId !== "") return identity.tokenId === id ? "yes" : "no";
  if (stored?.token_id === id)
    return stored.token.reveal() === open.config.token.reveal() ? "yes" : "no";
  if (identity.owner === undefined) return "unsure";
  if (!isSameOwner(identity.owner, owner)) return "no";
  return owner.type === "organization" ? "yes" : "unsure";
}

/**
 * Whether the mount's token sees the owner's, so that "not found" means that there is none.
 *
 * @param stored What is stored of the owner.
 */
export async function seesOwner(
  terraform: Terraform,
  index: OwnerIndex,
  open: OpenTerraform,
  owner: StoredOwner,
  stored: StoredToken | undefined,
): Promise<boolean> {
  const identity = await terraform.identity(open);
  const target = targetOfStored(owner);
  // HCP Europe doesn't tell the organization of a team.
  const organization =
    target.organization || stored?.organization || (await index.organizationOf(owner));
  return await storedKindOf(owner).sees(open.client, identity, { ...target, organization });
}
