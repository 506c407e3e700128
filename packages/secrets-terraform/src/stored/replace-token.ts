import type { Outcome } from "@vault-ts/terraform-cloud";
import { type Mount, Redacted, type TypedWal } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import { identityOf } from "../config/config.ts";
import { targetOfStored } from "../kinds/index.ts";
import { withCreatorsOrganization } from "../kinds/team.ts";
import { ownerKey, type StoredOwner } from "../owner.ts";
import type { OwnerIndex } from "../role/owner-index.ts";
import { rotationTime } from "../rotation/schedule.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { createStoredToken } from "./create-stored-token.ts";
import type { CurrentToken } from "./current-token.ts";
import { leaveChangeOf, type PlannedChange } from "./planned-change.ts";
import { type StoredToken, writeStoredToken } from "./stored-token.ts";
import type { TokenChanges } from "./token-changes.ts";

/** What a replacement needs of the mount. */
export interface Replacing {
  readonly mount: Mount;
  readonly terraform: Terraform;
  readonly index: OwnerIndex;
  readonly changes: TokenChanges;
  readonly wal: Pick<TypedWal<PlannedChange>, "update">;
}

/** What an owner's token was replaced by, and whether an attempt before may be applied yet. */
export interface ReplacedToken {
  readonly stored: StoredToken;
  readonly isContested: boolean;
}

/**
 * Creates an owner's token, which deletes the current one, and stores it; if that was the mount's
 * own, the mount uses the new one. The WAL entry is the caller's.
 *
 * @param attempt For which entry it is, and whether by the request that has written it: then
 *   nothing else can come of that, unless the creation is contested.
 */
export async function replaceToken(
  { mount, terraform, index, changes, wal }: Replacing,
  open: OpenTerraform,
  owner: StoredOwner,
  { isOwn, storedElsewhere }: CurrentToken,
  { entry, isFirst }: { readonly entry: string; readonly isFirst: boolean },
  caller: RequestCaller,
): Promise<Outcome<ReplacedToken, Error>> {
  const { client, config } = open;
  using _change = changes.begin(ownerKey(owner));
  // First: between the creation and the storage of what it gives, nothing may fail.
  await leaveChangeOf(mount, wal, storedElsewhere);
  const schedules = await index.schedulesOf(owner);
  // The mount's own tokens keep to its limit; those of roles live as long as Terraform Cloud lets
  // them.
  const limitMs = isOwn === "yes" ? config.explicit_max_ttl * 1000 : 0;
  const options = limitMs > 0 ? { expiredAt: new Date(mount.clock.now() + limitMs) } : {};
  const outcome = await createStoredToken(open, owner, caller, options);
  if (outcome.status !== "applied") return outcome;
  const { isContested } = outcome.value;
  const { token, id, createdAt, expiredAt } = outcome.value.token;
  const { organization } = withCreatorsOrganization(identityOf(config), targetOfStored(owner));
  const stored: StoredToken = {
    token: new Redacted(token),
    token_id: id,
    expired_at: expiredAt?.toISOString() ?? "",
    created_at: createdAt.toISOString(),
    organization,
    address: config.address,
    change: isFirst && !isContested ? entry : "",
    created_by: entry,
    last_vault_rotation: rotationTime(mount.clock.now()),
    schedules,
    rotation_error: "",
  };
  const follow = async () => {
    const wasOwn = isOwn === "yes" || (isOwn === "unsure" && !(await terraform.works(client)));
    if (wasOwn) await terraform.follow(config, stored);
  };
  try {
    // Stored first: until then, this process has the only copy.
    await writeStoredToken(mount.storage, owner, stored);
  } catch (error) {
    // In the configuration the mount's own is safe, too.
    await follow();
    throw error;
  }
  await follow();
  return { status: "applied", value: { stored, isContested } };
}
