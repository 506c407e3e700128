import { type Owner, ownerKey } from "./owner.ts";

/**
 * The keys of a mount's locks. They are acquired in one order: the turn of a write of config, the
 * role's, those of the owners concerned, then the configuration's. Nobody waits for another owner,
 * and every wait ends with the request.
 */

/** Of one of the writes of config that start again: they would only hold each other up. */
export const CONFIG_TURN = "config/turn";

/** Of the configuration's entry: held for storage alone, never for a call to Terraform Cloud. */
export const CONFIG_LOCK = "config";

/** Of a role, for its whole change. */
export function roleLock(name: string): string {
  return `role/${name}`;
}

/** Of all that changes an owner's token. */
export function ownerLock(owner: Owner): string {
  return `owner/${ownerKey(owner)}`;
}
