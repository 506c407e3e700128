import {
  type EntryType,
  entryType,
  orCorruptEntry,
  PluginError,
  Redacted,
  type Storage,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { encodeSchedule, storedSchedule } from "../rotation/schedule.ts";
import { encodeDuration, storedDuration } from "../stored-duration.ts";
import {
  ACCOUNT_TYPES,
  type Config,
  DEFAULT_ADDRESS,
  DEFAULT_BASE_PATH,
  DEFAULT_DRIFT_CHECK_PERIOD,
  DEFAULT_REQUEST_TIMEOUT,
} from "./config.ts";
import type { Connection } from "./connection.ts";

const KEY = "config";

/** The fallback is also for the empty string, which HashiCorp's engine stores for a default. */
const string = (fallback = "") =>
  v.pipe(
    v.optional(v.string(), fallback),
    v.transform((value) => value || fallback),
  );

const entry: EntryType<Config> = entryType<Config>(
  v.object({
    token: v.pipe(
      string(),
      v.transform((token) => (token === "" ? undefined : new Redacted(token))),
    ),
    address: string(DEFAULT_ADDRESS),
    base_path: string(DEFAULT_BASE_PATH),
    ca_cert: string(),
    request_timeout: v.optional(storedDuration, encodeDuration(DEFAULT_REQUEST_TIMEOUT)),
    explicit_max_ttl: storedDuration,
    drift_check_period: v.optional(storedDuration, encodeDuration(DEFAULT_DRIFT_CHECK_PERIOD)),
    token_owner_type: v.optional(v.picklist(["", ...ACCOUNT_TYPES]), ""),
    owner_id: string(),
    token_id: string(),
    token_expired_at: string(),
    ...storedSchedule,
    disable_automated_rotation: v.optional(v.boolean(), false),
    token_since: string(),
    last_vault_rotation: v.pipe(
      string(),
      // What Go writes of a time that isn't set.
      v.transform((time) => (time.startsWith("0001-") ? "" : time)),
    ),
    rotation_error: string(),
    is_lost: v.optional(v.boolean(), false),
    pending: v.optional(
      v.object({
        address: v.string(),
        base_path: v.string(),
        ca_cert: v.string(),
        since: v.number(),
        accessor: v.string(),
        entity: v.string(),
      }),
    ),
  }),
  (config) => ({
    ...config,
    request_timeout: encodeDuration(config.request_timeout),
    explicit_max_ttl: encodeDuration(config.explicit_max_ttl),
    ...encodeSchedule(config),
    drift_check_period: encodeDuration(config.drift_check_period),
  }),
);

/** @throws PluginError `corrupt_entry`. */
export function readConfig(storage: Storage): Promise<Config | undefined> {
  return entry.get(storage, KEY);
}

/** The configuration that is about to be replaced or deleted: one that can't be read is none. */
export async function readConfigIfValid(storage: Storage): Promise<Config | undefined> {
  const config = await orCorruptEntry(readConfig(storage));
  return config instanceof PluginError ? undefined : config;
}

/** What a token is bound to, of an entry of which the rest may be anything. */
const connectionEntry = entryType(
  v.object({
    token: v.fallback(string(), "unreadable"),
    address: v.fallback(string(DEFAULT_ADDRESS), ""),
    base_path: v.fallback(string(DEFAULT_BASE_PATH), ""),
    ca_cert: v.fallback(string(), ""),
  }),
);

/**
 * The connection of the configured token, also of an entry that can't be read: its parts that can't
 * are empty, so that no other is the same. undefined if there is no token.
 */
export async function readConnection(storage: Storage): Promise<Connection | undefined> {
  const stored = await orCorruptEntry(connectionEntry.get(storage, KEY));
  if (stored instanceof PluginError) return { address: "", base_path: "", ca_cert: "" };
  return stored?.token ? stored : undefined;
}

/** Whether there is one, also one that can't be read. */
export async function hasConfig(storage: Storage): Promise<boolean> {
  return (await storage.get(KEY)) !== undefined;
}

export function writeConfig(storage: Storage, config: Config): Promise<void> {
  return entry.put(storage, KEY, config);
}

export function deleteConfig(storage: Storage): Promise<void> {
  return storage.delete(KEY);
}
