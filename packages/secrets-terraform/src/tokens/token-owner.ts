import type { Storage } from "@vault-ts/vault-plugin";
import { effectiveType, listRoles, type Role, readRole } from "../role.ts";

/** Whose stored token it is. Terraform Cloud keeps one for each, so that roles of one owner share it. */
export interface TokenOwner {
  readonly type: "organization" | "team";
  /** The name of the organization, or the id of the team. */
  readonly id: string;
}

/** The owner of the role's stored token; undefined for a role whose tokens are leased. */
export function storedTokenOwner(role: Role): TokenOwner | undefined {
  switch (effectiveType(role)) {
    case "organization":
      return { type: "organization", id: role.organization };
    case "team_legacy":
      return { type: "team", id: role.team_id };
    default:
      return undefined;
  }
}

/** The names of the roles that hand the owner's token out. */
export async function roleNamesOf(storage: Storage, owner: TokenOwner): Promise<readonly string[]> {
  const names = await listRoles(storage);
  const roles = await Promise.all(names.map((name) => readRole(storage, name)));
  return names.filter((_, index) => {
    const role = roles[index];
    return role && isSameOwner(storedTokenOwner(role), owner);
  });
}

export function isSameOwner(a: TokenOwner | undefined, b: TokenOwner): boolean {
  return a?.type === b.type && a.id === b.id;
}
