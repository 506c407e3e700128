import {
  type EntryType,
  entryType,
  type Logger,
  orCorruptEntry,
  PluginError,
  type Redacted,
  redacted,
  type Storage,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { CREDENTIAL_TYPES, KINDS } from "../kinds/index.ts";
import { targetSchemas } from "../kinds/target-schema.ts";
import { encodeSchedule, storedSchedule } from "../rotation/schedule.ts";
import { encodeDuration, storedDuration } from "../stored-duration.ts";
import type { Role } from "./role.ts";

/** Where roles are stored, by their names. */
export const ROLE_PREFIX = "role/";

const string = v.optional(v.string(), "");

const entry: EntryType<Role> = entryType<Role>(
  v.pipe(
    v.record(v.string(), v.unknown()),
    v.transform(withGivenType),
    v.object({
      name: v.string(),
      ...targetSchemas,
      credential_type: v.optional(v.picklist(["", ...CREDENTIAL_TYPES]), ""),
      description: string,
      ttl: storedDuration,
      max_ttl: storedDuration,
      ...storedSchedule,
    }),
  ),
  (role) => ({
    ...role,
    ttl: encodeDuration(role.ttl),
    max_ttl: encodeDuration(role.max_ttl),
    ...encodeSchedule(role),
  }),
);

type Stored = Readonly<Record<string, unknown>>;

/**
 * The entry with the type that its writer gave, if it has a meaning. HashiCorp's engine stores
 * `organization` also where none was given, and never returns it. It takes each type with each
 * owner, and creates tokens of the owner all the same. Such a type counts as not given.
 */
function withGivenType(stored: Stored): Stored {
  const type = CREDENTIAL_TYPES.find((known) => known === stored["credential_type"]);
  if (type === undefined || isOurs(stored)) return stored;
  const isGiven = type !== "organization" && KINDS[type].needs in stored;
  return isGiven ? stored : { ...stored, credential_type: "" };
}

/**
 * Whether this plugin wrote the entry: it stores all fields. HashiCorp's engine leaves out those
 * that are empty, and takes no user together with an organization.
 */
function isOurs(stored: Stored): boolean {
  return "organization" in stored && "user_id" in stored;
}

/** @throws PluginError `corrupt_entry`. */
export function readRole(storage: Storage, name: string): Promise<Role | undefined> {
  return entry.get(storage, ROLE_PREFIX + name);
}

/** What reading many entries needs of a mount. */
export interface ReadingMount {
  readonly storage: Storage;
  readonly logger: Logger;
}

/**
 * Reads a role for work that continues without it: an entry that can't be read is logged, and
 * counts as none.
 */
export async function readRoleIfValid(
  { storage, logger }: ReadingMount,
  name: string,
): Promise<Role | undefined> {
  const role = await orCorruptEntry(readRole(storage, name));
  if (!(role instanceof PluginError)) return role;
  logger.error("reading the stored entry of a role failed; the role is skipped", {
    role: name,
    error: role.message,
  });
  return undefined;
}

export function writeRole(storage: Storage, role: Role): Promise<void> {
  return entry.put(storage, ROLE_PREFIX + role.name, role);
}

export function removeRole(storage: Storage, name: string): Promise<void> {
  return storage.delete(ROLE_PREFIX + name);
}

export function listRoles(storage: Storage): Promise<readonly string[]> {
  return storage.list(ROLE_PREFIX);
}

/** @throws PluginError `bad_request` if there is none. */
export async function requireRole(storage: Storage, name: string): Promise<Role> {
  const role = await readRole(storage, name);
  if (!role)
    throw new PluginError("bad_request", `there is no role "${name}": write role/${name} first`);
  return role;
}

/**
 * What an entry of HashiCorp's engine holds beside the role: there a stored token belongs to its
 * role.
 */
const importedToken = entryType(v.object({ token: redacted(string) }));

/** The token in the entry of a role that HashiCorp's engine wrote; undefined if there is none. */
export async function readImportedToken(
  storage: Storage,
  name: string,
): Promise<Redacted | undefined> {
  const token = (await importedToken.get(storage, ROLE_PREFIX + name))?.token;
  return token?.reveal() ? token : undefined;
}
