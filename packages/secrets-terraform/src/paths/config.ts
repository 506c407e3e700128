import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import {
  clearNulls,
  definePath,
  type Input,
  PluginError,
  type Request,
  reply,
  type Storage,
} from "@vault-ts/vault-plugin";
import { type RequestCaller, withDeadline } from "../caller.ts";
import {
  type Config,
  configFields,
  configReturns,
  configRules,
  deleteConfig,
  identityOf,
  isSameConfig,
  isUsable,
  readConfig,
  type TokenDetails,
  type UsableConfig,
  writeConfig,
} from "../config/config.ts";
import { isSameAddress, isSameConnection } from "../config/connection.ts";
import { mergeConfig } from "../config/merge-config.ts";
import type { Engine } from "../engine.ts";
import { expiryWarning } from "../expiry-warning.ts";
import { LEASE_PREFIX } from "../leased/lease-entry.ts";
import { ROLE_PREFIX } from "../role/role-entry.ts";
import { nextOfRoot } from "../rotation/root-rotation.ts";
import { shownSchedule } from "../rotation/schedule.ts";
import { keepImportedAddress } from "../stored/imported-tokens.ts";
import { readStoredToken } from "../stored/stored-token.ts";
import { lockOf } from "../stored/stored-token-wal.ts";
import { CONFIG_LOCK, lostToken, NO_TOKEN, readDetails } from "../terraform.ts";
import { fromUpstream } from "../upstream-error.ts";

/** How often a write starts again, because another one came first. */
const MAX_TRIES = 5;

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
    exists: async () => (await readConfig(storage)) !== undefined,

    async read() {
      const config = await readConfig(storage);
      const now = clock.now();
      return config && reply({ data: shown(config, now), warnings: warningsOf(config, now) });
    },

    update: ({ input, request, signal }) =>
      withDeadline({ signal }, async (caller) => {
        const warnings = await configure(engine, input, request, caller);
        return reply({ warnings });
      }),

    patch: ({ input, request, signal }) =>
      withDeadline({ signal }, async (caller) => {
        if (input.token === null) {
          throw new PluginError(
            "bad_request",
            `field "token" can't be cleared: write another token, or delete config`,
          );
        }
        const warnings = await configure(engine, clearNulls(configFields, input), request, caller);
        return reply({ warnings });
      }),

    async delete({ signal }) {
      const current = await readConfig(storage);
      if (current) await keepImportedAddress(storage, engine.index, current.address);
      using _config = await engine.locks.acquire([CONFIG_LOCK], signal);
      const deleted = await readConfig(storage);
      await deleteConfig(storage);
      return reply({ warnings: await previousTokenRemains(storage, deleted) });
    },
  });
};

/**
 * Writes the configuration. The token is verified while the configuration isn't locked: if another
 * write comes meanwhile, this one starts again from what that has left. The only token of an owner
 * is verified again while the owner is locked, so that nothing changes it.
 */
async function configure(
  { mount: { storage, clock }, locks, index, terraform, rotations, drift }: Engine,
  input: Input<typeof configFields>,
  request: Request,
  caller: RequestCaller,
): Promise<readonly string[]> {
  let meant: Config | undefined;
  for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
    const current = await readConfig(storage);
    const {
      config: merged,
      connects,
      warnings,
    } = mergeConfig(current, input, request, clock.now());
    meant ??= merged;
    // The token is for the connection that was there when it was written, and for no other.
    if (connects && !isSameConnection(meant, merged)) break;
    // An address that can't be one is told now, and not at the first call.
    if (merged.pending) terraform.clientOf({ ...merged, ...merged.pending });
    const verify = connects && input.verify_connection !== false;
    if (connects && !verify) terraform.clientOf(merged);
    const verified = verify ? await verifiedDetails(terraform.clientOf(merged).for(caller)) : {};
    // A change of that owner's token may be about to end the one that was just verified.
    const { owner } = identityOf({ ...merged, ...verified });
    const isShared = verify && owner !== undefined && owner.type !== "user";
    using _owner = await locks.acquire(isShared ? [lockOf(owner)] : [], caller.signal);
    const details = isShared
      ? await verifiedDetails(terraform.clientOf(merged).for(caller))
      : verified;
    const config = { ...merged, ...details };
    const isMoved = current?.token !== undefined && !isSameAddress(current.address, config.address);
    if (isMoved) await keepImportedAddress(storage, index, current.address);

    using _config = await locks.acquire([CONFIG_LOCK], caller.signal);
    if (!isSameConfig(await readConfig(storage), current)) continue;
    await writeConfig(storage, config);
    await rotations.followConfig();
    drift.follow(config);
    const leftBehind = isMoved && (await hasTokens(storage)) ? [tokensRemain(current.address)] : [];
    return [
      ...warnings,
      ...warningsOf(config, clock.now()),
      ...(await previousTokenRemains(storage, current, config)),
      ...leftBehind,
    ];
  }
  throw new PluginError(
    "conflict",
    "writing config failed: another request changed it meanwhile; read it and try again",
  );
}

/**
 * Asks Terraform Cloud whose the token is. @throws PluginError `bad_request` if it can't be had: it
 * is the operator's input that is tried.
 */
async function verifiedDetails(client: TerraformCloud): Promise<TokenDetails> {
  try {
    return await readDetails(client);
  } catch (error) {
    const { message } = PluginError.from(fromUpstream(error));
    throw new PluginError(
      "bad_request",
      `the configuration was not stored: verifying the token failed: ${message}`,
      { cause: error },
    );
  }
}

function warningsOf(config: Config, now: number): readonly string[] {
  const { address, pending } = config;
  const inUse = isUsable(config)
    ? `until then ${address} stays in use`
    : "until then the mount can't be used";
  return [
    ...(isUsable(config) ? tokenWarnings(config, now) : [NO_TOKEN]),
    ...(pending
      ? [
          `the connection to ${pending.address} is pending: it takes effect when the same client writes a token within 10 minutes; ${inUse}`,
        ]
      : []),
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

/**
 * What an operator should know of a token that the mount created for itself and no longer uses:
 * nobody else has it. One that roles refer to is deleted with the last of them.
 */
async function previousTokenRemains(
  storage: Storage,
  previous: Config | undefined,
  present?: Config,
): Promise<readonly string[]> {
  if (!isUsable(previous) || previous.last_vault_rotation === "") return [];
  if (present?.token?.reveal() === previous.token.reveal()) return [];
  const { owner, tokenId } = identityOf(previous);
  const stored = owner && (await readStoredToken(storage, owner));
  if (stored?.token_id === tokenId) return [];
  return [
    `the previous token of this mount, "${tokenId}", remains valid: this mount created it and no longer uses it; delete it at Terraform Cloud`,
  ];
}

/** Whether the mount may have created tokens. */
async function hasTokens(storage: Engine["mount"]["storage"]): Promise<boolean> {
  const lists = await Promise.all(
    [ROLE_PREFIX, LEASE_PREFIX].map((prefix) => storage.list(prefix, { limit: 1 })),
  );
  return lists.some((names) => names.length > 0);
}

/** What an operator should know of tokens that were created elsewhere. */
function tokensRemain(address: string): string {
  return `tokens created at ${address} can no longer be revoked, unless the new address is of the same Terraform Cloud: they remain valid until they expire`;
}

function shown(config: Config, now: number) {
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
