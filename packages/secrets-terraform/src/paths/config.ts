import {
  clearNulls,
  definePath,
  type Input,
  PluginError,
  type Request,
  reply,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import {
  type Config,
  configFields,
  configReturns,
  configRules,
  isUsable,
  type UsableConfig,
} from "../config/config.ts";
import {
  deleteConfig,
  hasConfig,
  readConfig,
  readConfigIfValid,
  readConnection,
} from "../config/config-entry.ts";
import { configure, hasLeases, previousTokenRemains } from "../config/configure.ts";
import { isSameAddress, type PendingConnection } from "../config/connection.ts";
import type { Engine } from "../engine.ts";
import { expiryWarning } from "../expiry-warning.ts";
import { CONFIG_LOCK } from "../locks.ts";
import { nextTime } from "../rotation/cron.ts";
import { nextOfRoot } from "../rotation/root-rotation.ts";
import { shownSchedule } from "../rotation/schedule.ts";
import { keepImportedConnection } from "../stored/imported-tokens.ts";
import { lostToken, NO_TOKEN } from "../terraform.ts";

export const configPath = (engine: Engine) => {
  const { storage, clock } = engine.mount;
  return definePath("config", {
    help: {
      synopsis: "Configures how the mount connects to Terraform Cloud, and with which token.",
      description: `
The token determines what the mount can do. The token of a user can create tokens of that user, and
of the teams and organizations whose tokens the user may manage. The token of an organization, or of
its owners team, can create tokens of its teams and of itself, but none of users.

A write changes the fields that it has and leaves the others unchanged. A token is verified with
Terraform Cloud first; if that fails, nothing is stored. The token is never returned: a read shows
its owner, its ID and its expiry.

A token is sent only over the connection that it was written for: address, base_path and ca_cert. If
these are written without a token, they are pending for 10 minutes, and take effect with the next
token that the same client writes. Until then the mount uses the previous connection.`,
    },
    params: {},
    fields: configFields,
    returns: configReturns,
    rules: configRules.map(({ text }) => text),
    operationIds: {
      read: "terraform-cloud-read-configuration",
      update: "terraform-cloud-configure",
      patch: "terraform-cloud-patch-configuration",
      delete: "terraform-cloud-delete-configuration",
    },
    exists: () => hasConfig(storage),

    async read() {
      const config = await readConfig(storage);
      const now = clock.now();
      return config && reply({ data: configData(config, now), warnings: warningsOf(config, now) });
    },

    update: ({ input, request, signal }) =>
      withDeadline({ signal }, async (caller) => {
        return await configured(engine, input, request, caller);
      }),

    patch: ({ input, request, signal }) =>
      withDeadline({ signal }, async (caller) => {
        if (input.token === null) {
          throw new PluginError(
            "bad_request",
            `field "token" can't be cleared: write another token, or delete config`,
          );
        }
        return await configured(engine, clearNulls(configFields, input), request, caller);
      }),

    async delete({ signal }) {
      const connection = await readConnection(storage);
      if (connection) await keepImportedConnection(storage, engine.index, connection);
      using _config = await engine.locks.acquire([CONFIG_LOCK], signal);
      const deleted = await readConfigIfValid(storage);
      await deleteConfig(storage);
      const remains = await previousTokenRemains(storage, deleted);
      return reply({
        warnings: (await hasLeases(storage)) ? [...remains, CANT_BE_REVOKED] : remains,
      });
    },
  });
};

const CANT_BE_REVOKED =
  "the leases of this mount can't be revoked without a token: write one to config before the mount is disabled";

/** Writes the configuration, and warns of what it has come to. */
async function configured(
  engine: Engine,
  input: Input<typeof configFields>,
  request: Request,
  caller: RequestCaller,
) {
  const { config, merging, leaving } = await configure(engine, input, request, caller);
  const current = warningsOf(config, engine.mount.clock.now());
  return reply({ warnings: [...merging, ...current, ...leaving] });
}

function warningsOf(config: Config, now: number): readonly string[] {
  return [
    ...(isUsable(config) ? tokenWarnings(config, now) : [NO_TOKEN]),
    ...scheduleWarnings(config, now),
    ...(config.pending ? [pendingWarning(config, config.pending)] : []),
  ];
}

/** What is pending, and what is in use until it takes effect. */
function pendingWarning(config: Config, { address }: PendingConnection): string {
  const isMoved = !isUsable(config) || !isSameAddress(config.address, address);
  const target = isMoved ? address : `${address} with another base_path or ca_cert`;
  const previous = isMoved ? config.address : "the previous one";
  const inUse = isUsable(config)
    ? `until then ${previous} stays in use`
    : "until then the mount can't be used";
  return `the connection to ${target} is pending: it takes effect when the same client writes a token within 10 minutes; ${inUse}`;
}

/** What an operator should know of a schedule that HashiCorp's engine stored. */
function scheduleWarnings({ rotation_schedule }: Config, now: number): readonly string[] {
  if (rotation_schedule === "" || nextTime(rotation_schedule, now) !== undefined) return [];
  return [
    `the stored rotation_schedule "${rotation_schedule}" can't be read and has no effect: write another one`,
  ];
}

/** What an operator should know of the token in use. */
function tokenWarnings(config: UsableConfig, now: number): readonly string[] {
  if (config.is_lost) return [lostToken(config)];
  const { token_expired_at, rotation_error } = config;
  const next = nextOfRoot(config, now);
  const failed =
    rotation_error === ""
      ? []
      : [
          `rotating the token of this mount failed: ${rotation_error}; it is retried automatically, or write to rotate-root`,
        ];
  if (next === undefined || token_expired_at === "") {
    return [
      ...failed,
      ...expiryWarning(
        "the token of this mount",
        token_expired_at,
        now,
        "write another token to config",
      ),
    ];
  }
  // One that is rotated in time is no matter of the operator's.
  if (Date.parse(token_expired_at) > next) return failed;
  return [
    ...failed,
    `the token of this mount expires at ${token_expired_at}, before its next rotation at ${new Date(next).toISOString()}: write to rotate-root, or rotate it more often`,
  ];
}

function configData(config: Config, now: number) {
  const { request_timeout, explicit_max_ttl, drift_check_period } = config;
  const { token_owner_type, owner_id, token_id, token_expired_at } = config;
  const { disable_automated_rotation, last_vault_rotation } = config;
  const next = isUsable(config) ? nextOfRoot(config, now) : undefined;
  // Without a token no connection is in use: what was written is what there is.
  const { address, base_path, ca_cert } = (config.token === undefined && config.pending) || config;
  return {
    address,
    base_path,
    request_timeout,
    explicit_max_ttl,
    drift_check_period,
    token_owner_type,
    owner_id,
    token_id,
    ...(ca_cert !== "" && { ca_cert }),
    ...(token_expired_at !== "" && { token_expired_at: new Date(token_expired_at) }),
    ...shownSchedule(config),
    ...(disable_automated_rotation && { disable_automated_rotation }),
    ...(last_vault_rotation !== "" && { last_vault_rotation: new Date(last_vault_rotation) }),
    ...(next !== undefined && { next_vault_rotation: new Date(next) }),
    ...(config.pending && { pending_address: config.pending.address }),
  };
}
