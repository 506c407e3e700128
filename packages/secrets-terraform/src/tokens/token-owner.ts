import { effectiveType, type Role } from "../role.ts";

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

export function isSameOwner(a: TokenOwner | undefined, b: TokenOwner): boolean {
  return a?.type === b.type && a.id === b.id;
}
