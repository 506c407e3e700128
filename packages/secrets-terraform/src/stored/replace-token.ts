import type { Outcome } from "@vault-ts/terraform-cloud";
import { type Mount, Redacted } from "@vault-ts/vault-plugin";
import { ownerKey, type StoredOwner } from "../owner.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { createStoredToken } from "./create-stored-token.ts";
import type { PresentToken } from "./present-token.ts";
import { type StoredToken, writeStoredToken } from "./stored-token.ts";
import type { TokenChanges } from "./token-changes.ts";

/** What a replacement needs of the mount. */
export interface Replacing {
  readonly mount: Mount;
  readonly terraform: Terraform;
  readonly changes: TokenChanges;
}

/** What an owner's token was replaced by, and whether an attempt before may be applied yet. */
export interface ReplacedToken {
  readonly stored: StoredToken;
  readonly isContested: boolean;
}

/**
 * Creates an owner's token, which deletes the present one, and stores it; if that was the mount's own, the mount uses the new one. The WAL
 * entry is the caller's.
 *
 * @param change The id of that entry.
 */
export async function replaceToken(
  { mount, terraform, changes }: Replacing,
  { client, config }: OpenTerraform,
  owner: StoredOwner,
  { isOwn }: PresentToken,
  change: string,
): Promise<Outcome<ReplacedToken, Error>> {
  using _change = changes.begin(ownerKey(owner));
  const outcome = await createStoredToken(client, owner);
  if (outcome.status !== "applied") return outcome;
  const { token, id, expiredAt } = outcome.value.token;
  const stored: StoredToken = {
    token: new Redacted(token),
    token_id: id,
    expired_at: expiredAt?.toISOString() ?? "",
    address: config.address,
    change,
  };
  // Stored first: until then, this process has the only copy.
  await writeStoredToken(mount.storage, owner, stored);
  const wasOwn = isOwn === "yes" || (isOwn === "unsure" && !(await terraform.works(client)));
  if (wasOwn) await terraform.follow(config, stored);
  return { status: "applied", value: { stored, isContested: outcome.value.isContested } };
}
