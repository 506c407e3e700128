import type { Kind, Target } from "../kinds/index.ts";
import { isSameOwner } from "../owner.ts";
import { type ReadingMount, readRoleIfValid } from "../role/role-entry.ts";

/**
 * The target of a leased token with the organization that its role names by now, if it has none:
 * HCP Europe doesn't say which organization a team is of.
 *
 * @param name The role that the token was created for.
 */
export async function withRoleOrganization<T extends Target>(
  mount: ReadingMount,
  kind: Kind,
  target: T,
  name: string,
): Promise<T> {
  if (target.organization !== "") return target;
  const role = await readRoleIfValid(mount, name);
  const isSame = role !== undefined && isSameOwner(kind.ownerOf(role), kind.ownerOf(target));
  return isSame ? { ...target, organization: role.organization } : target;
}
