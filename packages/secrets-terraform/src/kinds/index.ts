import type { Field } from "@vault-ts/vault-plugin";
import { agent } from "./agent.ts";
import { auditTrails } from "./audit-trails.ts";
import type { LeasedKind, Owner, StoredKind, TargetOf } from "./kind.ts";
import { metrics } from "./metrics.ts";
import { organization } from "./organization.ts";
import { team } from "./team.ts";
import { teamLegacy } from "./team-legacy.ts";
import { user } from "./user.ts";

export type { Identity, Owner } from "./kind.ts";

/**
 * All kinds of token, by what `credential_type` calls them. Where a role has no `credential_type`,
 * the last one that its fields imply is meant.
 */
export const KINDS = {
  user,
  organization,
  team_legacy: teamLegacy,
  team,
  agent,
  metrics,
  audit_trails: auditTrails,
} as const;

export type CredentialType = keyof typeof KINDS;

/** A field that says whose token a role is for. */
export type TargetField = (typeof KINDS)[CredentialType]["needs"];

/** All fields of a role that say whose token it is for; the empty string is "not set". */
export type Target = TargetOf<TargetField>;

export type AnyLeasedKind = LeasedKind<TargetField>;
export type AnyStoredKind = StoredKind<TargetField>;
export type Kind = AnyLeasedKind | AnyStoredKind;

/** The kinds whose tokens are leased. */
export type LeasedType = {
  [T in CredentialType]: (typeof KINDS)[T] extends { readonly isLeased: true } ? T : never;
}[CredentialType];

export const CREDENTIAL_TYPES = Object.keys(KINDS) as readonly CredentialType[];

const ALL: readonly Kind[] = Object.values(KINDS);

export function isLeasedType(type: CredentialType): type is LeasedType {
  return KINDS[type].isLeased;
}

export const LEASED_TYPES = CREDENTIAL_TYPES.filter(isLeasedType);

/** The kinds whose tokens their leases alone end. */
export const ENDLESS_TYPES = LEASED_TYPES.filter((type) => !KINDS[type].expires);

export const STORED_TYPES = CREDENTIAL_TYPES.filter((type) => !isLeasedType(type));

const STORED_KINDS = ALL.filter((kind) => !kind.isLeased);

/** What owners of stored tokens are called. */
export const STORED_OWNER_TYPES = STORED_KINDS.map(({ ownerType }) => ownerType);

/** The definitions of the fields. */
export const TARGET_FIELDS: Readonly<Record<TargetField, Field<string, false>>> = Object.assign(
  {},
  ...ALL.map(({ fields }) => fields),
);

export const TARGET_NAMES = Object.keys(TARGET_FIELDS) as readonly TargetField[];

/** What of a role, or of anything else that has these fields, says whose token it is for. */
export function targetOf(fields: Target): Target {
  return targetWith((name) => fields[name]);
}

/** One that names nobody. */
export const NOBODY: Target = targetWith(() => "");

function targetWith(value: (name: TargetField) => string): Target {
  return Object.fromEntries(TARGET_NAMES.map((name) => [name, value(name)])) as Target;
}

/**
 * The kind of token that a role is for, whether it says so or not. Of an organization and a team
 * the team wins, as in HashiCorp's engine.
 */
export function effectiveType(
  role: Target & { readonly credential_type: CredentialType | "" },
): CredentialType {
  const { credential_type: said, team_id } = role;
  if (said === "organization" && team_id !== "") return "team_legacy";
  if (said !== "") return said;
  const isImplied = (type: CredentialType) => {
    const { impliedBy }: Kind = KINDS[type];
    return impliedBy !== undefined && role[impliedBy] !== "";
  };
  return CREDENTIAL_TYPES.findLast(isImplied) ?? "user";
}

/** The kind of an owner's one stored token. @throws Error for what is no owner of one. */
export function storedKindOf({ type }: Owner): AnyStoredKind {
  const kind = STORED_KINDS.find(({ ownerType }) => ownerType === type);
  if (!kind) throw new Error(`${type} has no stored token`);
  return kind;
}

/** What names the owner of a stored token in a role. */
export function targetOfStored(owner: Owner): Target {
  return { ...NOBODY, [storedKindOf(owner).needs]: owner.id };
}
