import {
  type EntryType,
  entryType,
  f,
  type Input,
  PluginError,
  type Redacted,
  redacted,
  type Storage,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { encodeDuration, storedDuration } from "./stored-duration.ts";

/** The kinds of token that a role can hand out. */
export const CREDENTIAL_TYPES = ["user", "organization", "team", "team_legacy"] as const;
export type CredentialType = (typeof CREDENTIAL_TYPES)[number];

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
      "Name of the organization whose token the role hands out. Beside team_id, the team's organization.",
    maxLength: 128,
    matches: identifier,
  }),
  team_id: f.string({
    description: "Id of the team whose tokens the role hands out, such as team-4q2Xt8vMYVbdJNGk.",
    maxLength: 128,
    matches: identifier,
  }),
  user_id: f.string({
    description: "Id of the user whose tokens the role hands out, such as user-V3R563qtJNcExAkN.",
    maxLength: 128,
    matches: identifier,
  }),
  credential_type: f.string({
    description:
      "The kind of token: user, organization, team or team_legacy. Without it team_id gives team_legacy, else organization gives organization, else user_id gives user.",
    allowedValues: ["", ...CREDENTIAL_TYPES],
  }),
  description: f.string({
    description:
      "Text for the description that each token gets at Terraform Cloud, where a unique mark is added to it.",
    maxLength: 200,
    matches: { pattern: /^\P{Cc}*$/u, takes: "text without control characters" },
  }),
  ttl: f.durationSecond({ description: "How long a lease lasts. 0, the default, is the mount's default." }),
  max_ttl: f.durationSecond({
    description:
      "How long renewals can extend a lease, from its start. 0, the default, is the mount's maximum.",
  }),
} as const;

/** A role. Durations are seconds; the empty text and 0 are "not set". */
export interface Role extends Required<Input<typeof roleFields>> {
  readonly name: string;
}

/** The kind of token that the role hands out, said or not. Of an organization and a team the team wins, as in HashiCorp's engine. */
export function effectiveType({ credential_type, organization, team_id }: Role): CredentialType {
  if (team_id !== "" && (credential_type === "" || credential_type === "organization")) return "team_legacy";
  if (credential_type !== "") return credential_type;
  return organization !== "" ? "organization" : "user";
}

/** What holds for every role that is stored; path-help prints the sentences. */
export const roleRules: readonly { readonly text: string; readonly holds: (role: Role) => boolean }[] = [
  {
    text: "one of organization, team_id and user_id is needed",
    holds: ({ organization, team_id, user_id }) => `${organization}${team_id}${user_id}` !== "",
  },
  {
    text: "user_id can't be combined with organization or team_id",
    holds: ({ organization, team_id, user_id }) => user_id === "" || `${organization}${team_id}` === "",
  },
  {
    text: "credential_type user needs user_id",
    holds: (role) => effectiveType(role) !== "user" || role.user_id !== "",
  },
  {
    text: "credential_type organization needs organization",
    holds: ({ credential_type, organization }) => credential_type !== "organization" || organization !== "",
  },
  {
    text: "credential_type team or team_legacy needs team_id",
    holds: (role) => !effectiveType(role).startsWith("team") || role.team_id !== "",
  },
  { text: "ttl can't be greater than max_ttl", holds: ({ ttl, max_ttl }) => max_ttl === 0 || ttl <= max_ttl },
  {
    text: "credential_type team_legacy takes no description, ttl or max_ttl: use credential_type team",
    holds: (role) =>
      effectiveType(role) !== "team_legacy" ||
      (role.description === "" && role.ttl === 0 && role.max_ttl === 0),
  },
];

const text = v.optional(v.string(), "");

const PREFIX = "role/";

const entry: EntryType<Role> = entryType<Role>(
  v.object({
    name: v.string(),
    organization: text,
    team_id: text,
    user_id: text,
    credential_type: v.optional(v.picklist(["", ...CREDENTIAL_TYPES]), ""),
    description: text,
    ttl: storedDuration,
    max_ttl: storedDuration,
  }),
  (role) => ({ ...role, ttl: encodeDuration(role.ttl), max_ttl: encodeDuration(role.max_ttl) }),
);

export function readRole(storage: Storage, name: string): Promise<Role | undefined> {
  return entry.get(storage, PREFIX + name);
}

export function writeRole(storage: Storage, role: Role): Promise<void> {
  return entry.put(storage, PREFIX + role.name, role);
}

export function deleteRole(storage: Storage, name: string): Promise<void> {
  return storage.delete(PREFIX + name);
}

export function listRoles(storage: Storage): Promise<readonly string[]> {
  return storage.list(PREFIX);
}

/** What an entry of HashiCorp's engine holds beside the role: there a stored token belongs to its role. */
const carriedToken = entryType(v.object({ token: redacted(text) }));

/** The token that the role's entry carries, if HashiCorp's engine wrote it; undefined if there is none. */
export async function readCarriedToken(storage: Storage, name: string): Promise<Redacted | undefined> {
  const token = (await carriedToken.get(storage, PREFIX + name))?.token;
  return token?.reveal() ? token : undefined;
}

/** @throws PluginError `bad_request` if there is none. */
export async function requireRole(storage: Storage, name: string): Promise<Role> {
  const role = await readRole(storage, name);
  if (!role) throw new PluginError("bad_request", `there is no role "${name}": write role/${name} first`);
  return role;
}

/**
 * The role after a write: what wasn't sent stays, an empty text or 0 clears.
 *
 * @throws PluginError `bad_request` with the rule that the result would break.
 */
export function mergeRole(name: string, current: Role | undefined, input: Input<typeof roleFields>): Role {
  const blank: Role = {
    name,
    organization: "",
    team_id: "",
    user_id: "",
    credential_type: "",
    description: "",
    ttl: 0,
    max_ttl: 0,
  };
  const role: Role = { ...blank, ...current, ...input };
  const broken = roleRules.find((rule) => !rule.holds(role));
  if (broken) throw new PluginError("bad_request", broken.text);
  return role;
}
