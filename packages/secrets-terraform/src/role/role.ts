import { f, type Input, PluginError } from "@vault-ts/vault-plugin";
import { enumerate } from "../enumerate.ts";
import {
  CREDENTIAL_TYPES,
  effectiveType,
  KINDS,
  type Kind,
  NOBODY,
  TARGET_FIELDS,
} from "../kinds/index.ts";
import type { StoredOwner } from "../owner.ts";
import {
  isScheduled,
  mergeSchedule,
  NO_SCHEDULE,
  rotationFields,
  scheduleRules,
} from "../rotation/schedule.ts";
import { targetRules } from "./target-rules.ts";

/** The name of a role, in every path that has one. */
export const roleName = f.lowerCaseString({
  description: "Name of the role, at most 128 characters. It is not case-sensitive.",
  maxLength: 128,
});

/** Which kind a field means, the strongest first. */
const IMPLIED = CREDENTIAL_TYPES.toReversed().flatMap((type) => {
  const { impliedBy }: Kind = KINDS[type];
  return impliedBy === undefined ? [] : [`${impliedBy} means ${type}`];
});

/** What is stored of a role, and what a read returns. */
export const roleFields = {
  ...TARGET_FIELDS,
  credential_type: f.string({
    description: `Type of the token: ${enumerate(CREDENTIAL_TYPES, "or")}. If it isn't set, ${IMPLIED.join(", else ")}.`,
    allowedValues: ["", ...CREDENTIAL_TYPES],
  }),
  description: f.string({
    description: "Description of leased tokens at Terraform Cloud. A unique tag is appended to it.",
    maxLength: 200,
    matches: { pattern: /^\P{Cc}*$/u, mustBe: "a string without control characters" },
  }),
  ttl: f.durationSecond({
    description: "TTL of leases. 0, the default, is the mount's default lease TTL.",
  }),
  max_ttl: f.durationSecond({
    description:
      "Maximum TTL of leases, with renewals. 0, the default, is the mount's maximum lease TTL.",
  }),
  ...rotationFields,
} as const;

/** What a write takes. */
export const roleInputs = {
  ...roleFields,
  token: f.string({
    description:
      "Existing token of the role's owner to import instead of creating a new one. A read of the role never returns it.",
    sensitive: true,
    trimLineEnd: true,
    displayName: "Token",
    maxLength: 4096,
    matches: { pattern: /^[\x21-\x7e]+$/, mustBe: "a token as Terraform Cloud shows it" },
  }),
} as const;

/** A role. Durations are seconds; the empty string and 0 are "not set". */
export interface Role extends Required<Input<typeof roleFields>> {
  readonly name: string;
}

/** What a new role begins as. */
const BLANK: Omit<Role, "name"> = {
  ...NOBODY,
  credential_type: "",
  description: "",
  ttl: 0,
  max_ttl: 0,
  ...NO_SCHEDULE,
};

export function kindOf(role: Role): Kind {
  return KINDS[effectiveType(role)];
}

/**
 * The owner of the token that is stored for the role; undefined for a role whose tokens are leased.
 */
export function storedOwnerOf(role: Role): StoredOwner | undefined {
  const kind = kindOf(role);
  return kind.isLeased ? undefined : kind.ownerOf(role);
}

interface RoleRule {
  readonly text: string;
  readonly holds: (role: Role) => boolean;
}

/** What holds for every role that is stored; path-help prints the sentences. */
export const roleRules: readonly RoleRule[] = [
  ...targetRules,
  {
    text: "ttl can't be greater than max_ttl",
    holds: ({ ttl, max_ttl }) => max_ttl === 0 || ttl <= max_ttl,
  },
  ...Object.values<Kind>(KINDS).flatMap((kind): readonly RoleRule[] => {
    if (kind.isLeased || kind.leaseRemedy === undefined) return [];
    return [
      {
        text: `credential_type ${kind.type} takes no description, ttl or max_ttl: ${kind.leaseRemedy}`,
        holds: (role) =>
          kindOf(role).type !== kind.type || !isLeaseSet(role) || isTeamOfOrganization(role),
      },
    ];
  }),
  ...scheduleRules,
  {
    text: "a role with leased tokens takes no rotation_period or rotation_schedule: only stored tokens are rotated",
    holds: (role) => !isScheduled(role) || !kindOf(role).isLeased,
  },
];

/** Whether the role has settings that only leased tokens follow. */
export function isLeaseSet({ description, ttl, max_ttl }: Role): boolean {
  return description !== "" || ttl !== 0 || max_ttl !== 0;
}

/**
 * As the Terraform provider writes it, with credential_type organization or without: HashiCorp's
 * engine takes all settings then, and follows none.
 */
export function isTeamOfOrganization({ organization, team_id, credential_type }: Role): boolean {
  return ["", "organization"].includes(credential_type) && organization !== "" && team_id !== "";
}

/**
 * The role after a write: what wasn't sent stays, an empty string or 0 clears. Another team_id that
 * is written alone is another team: the name that was there goes.
 *
 * @throws PluginError `bad_request` with the rule that the result would break.
 */
export function mergeRole(
  name: string,
  current: Role | undefined,
  input: Input<typeof roleFields>,
): Role {
  const before = { name, ...BLANK, ...current };
  const { team_id = before.team_id, team_name } = input;
  const isAnotherId = team_name === undefined && team_id !== before.team_id;
  const role: Role = {
    ...before,
    ...input,
    ...(isAnotherId && { team_name: "" }),
    ...mergeSchedule(before, input),
  };
  const broken = roleRules.find((rule) => !rule.holds(role));
  if (broken) throw new PluginError("bad_request", broken.text);
  return role;
}

/** A role was written or deleted while a request waited for its owner's turn. */
export function changedMeanwhile(name: string): PluginError {
  return new PluginError("conflict", `role "${name}" was changed meanwhile; try again`);
}
