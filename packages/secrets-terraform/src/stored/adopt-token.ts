import { type Mount, PluginError, type Redacted, type TypedWal } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import { storedKindOf } from "../kinds/index.ts";
import { isSameOwner, named, type StoredOwner } from "../owner.ts";
import { rotationTime } from "../rotation/schedule.ts";
import type { Terraform } from "../terraform.ts";
import { isUnauthorized } from "../upstream-error.ts";
import { leaveChangeOf, type PlannedChange } from "./planned-change.ts";
import {
  endChangeOf,
  isHere,
  readStoredToken,
  type StoredToken,
  writeStoredToken,
} from "./stored-token.ts";

/**
 * Stores a token that exists already as the owner's; one that was stored before is forgotten, and
 * not deleted. The owner's lock is the caller's.
 *
 * @throws PluginError `bad_request` if it is dead, another owner's, or one that can't be told to be
 *   of this kind.
 */
export async function adoptToken(
  { storage, clock }: Pick<Mount, "storage" | "clock">,
  terraform: Terraform,
  wal: Pick<TypedWal<PlannedChange>, "commit" | "update">,
  owner: StoredOwner,
  token: Redacted,
  caller: RequestCaller,
): Promise<void> {
  const { type, isAdoptable } = storedKindOf(owner);
  if (!isAdoptable) {
    throw refusal(
      owner,
      `credential_type ${type} takes none, since Terraform Cloud doesn't return the kind of a token`,
    );
  }
  const { config } = await terraform.open(caller);
  const client = terraform.clientOf({ ...config, token }).for(caller);
  const rejected = (error: unknown): never => {
    throw isUnauthorized(error)
      ? refusal(owner, "Terraform Cloud rejects it; it was deleted or has expired")
      : error;
  };
  const account = await client.account.details().catch(rejected);
  if (!account.owner || account.tokenId === null) {
    throw refusal(owner, "this Terraform Cloud release doesn't return its owner");
  }
  if (!isSameOwner(account.owner, owner))
    throw refusal(owner, `it belongs to ${named(account.owner)}`);
  const { id, description, createdAt, expiredAt } = await client.tokens
    .read(account.tokenId)
    .catch(rejected);
  if (description !== null)
    throw refusal(owner, `it has a description, and a token of type ${type} has none`);
  const previous = await readStoredToken(storage, owner);
  // What became of the previous one is known. If its entry stayed, the rollback would take this
  // token for the outcome.
  if (previous && !isHere(previous, config)) await leaveChangeOf({ storage }, wal, previous);
  else await endChangeOf({ storage }, wal, previous);
  const stored: StoredToken = {
    token,
    token_id: id,
    expired_at: expiredAt?.toISOString() ?? "",
    created_at: createdAt.toISOString(),
    address: config.address,
    change: "",
    created_by: "",
    // An old one would be due at once, and its users have no other.
    last_vault_rotation: rotationTime(clock.now()),
    schedules: previous?.schedules ?? [],
    rotation_error: "",
  };
  await writeStoredToken(storage, owner, stored);
}

function refusal(owner: StoredOwner, why: string): PluginError {
  return new PluginError("bad_request", `field "token" must be a token of ${named(owner)}: ${why}`);
}
