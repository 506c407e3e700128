import { f, type Input, PluginError } from "@vault-ts/vault-plugin";
import { CREDENTIAL_TYPES, effectiveType, KINDS, type Kind, type Target } from "../kinds/index.ts";
import type { StoredOwner } from "../owner.ts";

/** The name of a role, in every path that has one. */
export const roleName = f.lowerCaseString({
  description: "Name of the role, at most 128 characters; upper and lower case are the same.",
  maxLength: 128,
});

const identifier = { pattern: /^[\w-]+$/, takes: "letters, digits, - and _" } as const;

/** What a write takes, and a read returns. */
export const roleFields = {
  organization: f.string({
    description:
      "Name of the organization whose token the role is for. Beside team_id, the team's organization.",
    maxLength: 128,
    matches: identifier,
  }),
  team_id: f.string({
    description: "Id of the team whose tokens the role is for, such as team-4q2Xt8vMYVbdJNGk.",
    maxLength: 128,
    matches: identifier,
  }),
  user_id: f.string({
    description: "Id of the user whose tokens the role is for, such as user-V3R563qtJNcExAkN.",
    maxLength: 128,
    matches: identifier,
  }),
  credential_type: f.string({
    description:
      "The kind of token: user, organization, team or team_legacy. Without it team_id means team_legacy, else organization means organization, else user_id means user.",
    allowedValues: ["", ...CREDENTIAL_TYPES],
  }),
  description: f.string({
    description: "Description of each token at Terraform Cloud, where a unique tag is added to it.",
    maxLength: 200,
    matches: { pattern: /^\P{Cc}*$/u, takes: "characters other than control characters" },
  }),
  ttl: f.durationSecond({ description: "How long a lease lasts. 0, the default, is the mount's default." }),
  max_ttl: f.durationSecond({
    description:
      "How long renewals can extend a lease, from its start. 0, the default, is the mount's maximum.",
  }),
} as const;

/** A role. Durations are seconds; the empty string and 0 are "not set". */
export interface Role extends Required<Input<typeof roleFields>> {
  readonly name: string;
}

/** What a new role begins as. */
const BLANK: Omit<Role, "name"> = {
  organization: "",
  team_id: "",
  user_id: "",
  credential_type: "",
  description: "",
  ttl: 0,
  max_ttl: 0,
};

export function kindOf(role: Role): Kind {
  return KINDS[effectiveType(role)];
}

/** The owner of the token that is stored for the role; undefined for a role whose tokens are leased. */
export function storedOwnerOf(role: Role): StoredOwner | undefined {
  const kind = kindOf(role);
  return kind.isLeased ? undefined : kind.ownerOf(role);
}

interface RoleRule {
  readonly text: string;
  readonly holds: (role: Role) => boolean;
}

const nobody = ({ organization, team_id, user_id }: Target) => `${organization}${team_id}${user_id}` === "";

/** What holds for every role that is stored; path-help prints the sentences. */
export const roleRules: readonly RoleRule[] = [
  { text: "one of organization, team_id and user_id is needed", holds: (role) => !nobody(role) },
  {
    text: "user_id can't be combined with organization or team_id",
    holds: ({ organization, team_id, user_id }) => user_id === "" || `${organization}${team_id}` === "",
  },
  ...Object.values(KINDS).map(
    ({ type, needs }: Kind): RoleRule => ({
      text: `credential_type ${type} needs ${needs}`,
      // A role that says organization and names a team is one of the team.
      holds: (role) => role[needs] !== "" || (effectiveType(role) !== type && role.credential_type !== type),
    }),
  ),
  { text: "ttl can't be greater than max_ttl", holds: ({ ttl, max_ttl }) => max_ttl === 0 || ttl <= max_ttl },
  {
    text: "credential_type team_legacy takes no description, ttl or max_ttl: use credential_type team",
    holds: (role) => effectiveType(role) !== "team_legacy" || !isLeaseSet(role) || isTeamOfOrganization(role),
  },
];

/** Whether the role has settings that only leased tokens follow. */
export function isLeaseSet({ description, ttl, max_ttl }: Role): boolean {
  return description !== "" || ttl !== 0 || max_ttl !== 0;
}

/** As the Terraform provider writes it: HashiCorp's engine takes all settings then, and follows none. */
function isTeamOfOrganization({ organization, team_id, credential_type }: Role): boolean {
  return credential_type === "" && organization !== "" && team_id !== "";
}

/**
 * The role after a write: what wasn't sent stays, an empty string or 0 clears.
 *
 * @throws PluginError `bad_request` with the rule that the result would break.
 */
export function mergeRole(name: string, current: Role | undefined, input: Input<typeof roleFields>): Role {
  const role: Role = { name, ...BLANK, ...current, ...input };
  const broken = roleRules.find((rule) => !rule.holds(role));
  if (broken) throw new PluginError("bad_request", broken.text);
  return role;
}

/** A role was written or deleted while a request waited for its owner's turn. */
export function changedMeanwhile(name: string): PluginError {
  return new PluginError("conflict", `role "${name}" was changed meanwhile; try again`);
}
