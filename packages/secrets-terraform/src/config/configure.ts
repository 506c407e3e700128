import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { type Input, PluginError, type Request, type Storage } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { LEASE_PREFIX } from "../leased/lease-entry.ts";
import { CONFIG_LOCK, CONFIG_TURN, ownerLock } from "../locks.ts";
import { ROLE_PREFIX } from "../role/role-entry.ts";
import { keepImportedConnection } from "../stored/imported-tokens.ts";
import { readStoredToken } from "../stored/stored-token.ts";
import { readDetails } from "../terraform.ts";
import { fromUpstream } from "../upstream-error.ts";
import {
  type Config,
  type configFields,
  identityOf,
  isSameConfig,
  isSameToken,
  isUsable,
  type TokenDetails,
} from "./config.ts";
import { readConfig, readConfigIfValid, readConnection, writeConfig } from "./config-entry.ts";
import { isSameAddress, isSameConnection } from "./connection.ts";
import { mergeConfig } from "./merge-config.ts";

/** How often a write starts again, because another one came first. */
const MAX_TRIES = 5;

/** A configuration that was stored, and warnings of what it has replaced. */
export interface Configured {
  readonly config: Config;
  readonly merging: readonly string[];
  readonly leaving: readonly string[];
}

/**
 * Writes the configuration. The token is verified while the configuration isn't locked: if another
 * write comes meanwhile, this one starts again from what that has left.
 *
 * @throws PluginError `conflict` if others come each time.
 */
export async function configure(
  engine: Engine,
  input: Input<typeof configFields>,
  request: Request,
  caller: RequestCaller,
): Promise<Configured> {
  const { storage, clock } = engine.mount;
  // The token is for the connection that was there when it was written, and for no other.
  const meant = mergeConfig(await readReplaced(storage, input), input, request, clock.now()).config;
  const attempt = () => tryToConfigure(engine, input, request, caller, meant);
  const first = await attempt();
  if (first) return first;
  using _turn = await engine.locks.acquire([CONFIG_TURN], caller.signal);
  for (let tries = 2; tries <= MAX_TRIES; tries += 1) {
    const configured = await attempt();
    if (configured) return configured;
  }
  throw conflict();
}

/**
 * A token that a rotation may have deleted is verified again while its owner is locked, so that
 * nothing changes it.
 *
 * @returns undefined if another write came first.
 */
async function tryToConfigure(
  { mount: { storage, clock }, locks, index, terraform, rotations, drift }: Engine,
  input: Input<typeof configFields>,
  request: Request,
  caller: RequestCaller,
  meant: Config,
): Promise<Configured | undefined> {
  const current = await readReplaced(storage, input);
  const merge = mergeConfig(current, input, request, clock.now());
  const { config: merged, connects, warnings: merging } = merge;
  if (connects && !isSameConnection(meant, merged)) throw conflict();
  // An address that can't be one is told now, and not at the first call.
  if (merged.pending) terraform.clientOf({ ...merged, ...merged.pending });
  const verify = connects && input.verify_connection !== false;
  if (connects && !verify) terraform.clientOf(merged);
  const verified = verify ? await verifiedDetails(terraform.clientOf(merged).for(caller)) : {};
  // A change of that owner's token may be about to end the one that was just verified.
  const { owner } = identityOf({ ...merged, ...verified });
  const isKnown = verify && owner !== undefined;
  using _owner = await locks.acquire(isKnown ? [ownerLock(owner)] : [], caller.signal);
  // Of a user's tokens, the mount deletes only those that it has replaced. If it replaced the first
  // one just now, config has changed, and the write is repeated.
  const hasRotated = current !== undefined && current.last_vault_rotation !== "";
  const mayHaveEnded = isKnown && (owner.type !== "user" || hasRotated);
  const details = mayHaveEnded
    ? await verifiedDetails(terraform.clientOf(merged).for(caller))
    : verified;
  const config = { ...merged, ...details };
  const former = await readConnection(storage);
  if (former && !isSameConnection(former, config))
    await keepImportedConnection(storage, index, former);

  using _config = await locks.acquire([CONFIG_LOCK], caller.signal);
  if (!isSameConfig(await readReplaced(storage, input), current)) return undefined;
  await writeConfig(storage, config);
  const isMoved = isUsable(current) && !isSameAddress(current.address, config.address);
  await rotations.followConfig();
  drift.follow(config);
  const leaving = [
    ...(await previousTokenRemains(storage, current, config)),
    ...(isMoved && (await hasTokens(storage)) ? [tokensRemain(current.address)] : []),
  ];
  return { config, merging, leaving };
}

/**
 * The configuration that a write replaces. One that can't be read counts as none, if the write says
 * where its token is to be sent.
 */
async function readReplaced(
  storage: Storage,
  { token, address }: Input<typeof configFields>,
): Promise<Config | undefined> {
  const isWhole = token !== undefined && address !== undefined;
  return isWhole ? await readConfigIfValid(storage) : await readConfig(storage);
}

function conflict(): PluginError {
  return new PluginError(
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

/**
 * What an operator should know of a token that the mount created for itself and no longer uses:
 * nobody else has it. One that roles refer to is deleted with the last of them.
 */
export async function previousTokenRemains(
  storage: Storage,
  previous: Config | undefined,
  current?: Config,
): Promise<readonly string[]> {
  if (!isUsable(previous) || previous.last_vault_rotation === "") return [];
  if (isSameToken(current, previous)) return [];
  const { owner, tokenId } = identityOf(previous);
  const stored = owner && (await readStoredToken(storage, owner));
  if (stored?.token_id === tokenId) return [];
  return [
    `the previous token of this mount, "${tokenId}", remains valid: this mount created it and no longer uses it; delete it at Terraform Cloud`,
  ];
}

/** Whether the mount may have created tokens. */
async function hasTokens(storage: Storage): Promise<boolean> {
  return (await hasLeases(storage)) || (await storage.list(ROLE_PREFIX, { limit: 1 })).length > 0;
}

/** Whether the mount has leases, issued or pending, whose tokens it may have to delete. */
export async function hasLeases(storage: Storage): Promise<boolean> {
  return (await storage.list(LEASE_PREFIX, { limit: 1 })).length > 0;
}

/** What an operator should know of tokens that were created elsewhere. */
function tokensRemain(address: string): string {
  return `tokens created at ${address} can no longer be revoked, unless the new address is of the same Terraform Cloud: they remain valid until they expire`;
}
