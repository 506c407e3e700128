import type { StoredOwner } from "../owner.ts";
import type { LeasedKind, StoredKind, Target } from "./kind.ts";
import { organization } from "./organization.ts";
import { team } from "./team.ts";
import { teamLegacy } from "./team-legacy.ts";
import { user } from "./user.ts";

export type { Identity, LeasedKind, StoredKind, Target } from "./kind.ts";

export type Kind = LeasedKind | StoredKind;

/** All kinds of token, by what `credential_type` calls them. */
export const KINDS = { user, organization, team, team_legacy: teamLegacy } as const;

export type CredentialType = keyof typeof KINDS;

/** The kinds whose tokens are leased. */
export type LeasedType = {
  [T in CredentialType]: (typeof KINDS)[T] extends LeasedKind ? T : never;
}[CredentialType];

export const CREDENTIAL_TYPES = Object.keys(KINDS) as readonly CredentialType[];

export function isLeasedType(type: CredentialType): type is LeasedType {
  return KINDS[type].isLeased;
}

export const LEASED_TYPES = CREDENTIAL_TYPES.filter(isLeasedType);

/** The kind of token that a role is for, whether it says so or not. Of an organization and a team the team wins, as in HashiCorp's engine. */
export function effectiveType({
  credential_type,
  organization: name,
  team_id,
}: Target & { readonly credential_type: CredentialType | "" }): CredentialType {
  if (team_id !== "" && (credential_type === "" || credential_type === "organization")) return "team_legacy";
  if (credential_type !== "") return credential_type;
  return name !== "" ? "organization" : "user";
}

/** The kind of an owner's one stored token. */
export function storedKindOf({ type }: StoredOwner): StoredKind {
  return type === "organization" ? organization : teamLegacy;
}
