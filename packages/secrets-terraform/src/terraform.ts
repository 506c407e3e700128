import {
  type Connect,
  createClient,
  type TerraformCloud,
  withoutPath,
} from "@vault-ts/terraform-cloud";
import { isWriteSafe, type KeyedLock, type Mount, PluginError } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "./caller.ts";
import {
  type Config,
  identityOf,
  isRotated,
  isSameConfig,
  isSameToken,
  isUsable,
  NEVER_ROTATED,
  type TokenDetails,
  type UsableConfig,
} from "./config/config.ts";
import { readConfig, writeConfig } from "./config/config-entry.ts";
import { isSameConnection } from "./config/connection.ts";
import type { Identity } from "./kinds/index.ts";
import { CONFIG_LOCK } from "./locks.ts";
import type { StoredToken } from "./stored/stored-token.ts";
import { fromUpstream, isUnauthorized, TOKEN_REJECTED } from "./upstream-error.ts";

/** What a user of a mount without a token is told. */
export const NO_TOKEN = "this mount has no Terraform Cloud token yet: write one to config";

/** What Terraform Cloud says of the token that a client calls it with. */
export async function readDetails(client: TerraformCloud): Promise<TokenDetails> {
  const { owner, tokenId } = await client.account.details();
  const token = tokenId === null ? undefined : await client.tokens.read(tokenId);
  return {
    token_owner_type: owner?.type ?? "",
    owner_id: owner?.id ?? "",
    token_id: tokenId ?? "",
    token_expired_at: token?.expiredAt?.toISOString() ?? "",
  };
}

/** Terraform Cloud, as one request reaches it. */
export interface OpenTerraform {
  readonly client: TerraformCloud;
  readonly config: UsableConfig;
}

/**
 * A mount's access to Terraform Cloud: one client, with its connections, for as long as the
 * configuration is the same.
 */
export class Terraform {
  readonly #mount: Mount;
  readonly #locks: KeyedLock;
  readonly #connect: Connect | undefined;
  #last: { readonly key: string; readonly client: TerraformCloud } | undefined;

  /** @param connect What carries the requests; HTTP over sockets by default. */
  constructor(mount: Mount, locks: KeyedLock, connect?: Connect) {
    this.#mount = mount;
    this.#locks = locks;
    this.#connect = connect;
  }

  /**
   * The client that a configuration asks for: the last one, if it was asked for the same. A path in
   * the address, which HashiCorp's engine stored, is ignored as it was there.
   *
   * @throws PluginError `bad_request` for an address that can't be one.
   */
  clientOf({ address, base_path, token, ca_cert, request_timeout }: Config): TerraformCloud {
    const options = {
      address: withoutPath(address),
      basePath: base_path,
      token: token?.reveal() ?? "",
      ...(ca_cert !== "" && { caCert: ca_cert }),
      requestTimeoutMs: request_timeout * 1000,
    };
    const key = JSON.stringify(options);
    if (this.#last?.key === key) return this.#last.client;
    try {
      this.#last = { key, client: createClient(options, this.#connect) };
      return this.#last.client;
    } catch (error) {
      throw fromUpstream(error);
    }
  }

  /**
   * The configuration, and a client for it.
   *
   * @param evenIfLost Also with a token whose successor is lost: to see whether that is so.
   * @throws PluginError `bad_request` if the mount has no token yet, or has lost it.
   */
  async open(caller: RequestCaller, { evenIfLost = false } = {}): Promise<OpenTerraform> {
    const config = await this.config();
    if (!config) {
      throw new PluginError("bad_request", NO_TOKEN);
    }
    if (config.is_lost && !evenIfLost) throw new PluginError("bad_request", lostToken(config));
    return { config, client: this.clientOf(config).for(caller) };
  }

  /** The configuration, if it has a token. */
  async config(): Promise<UsableConfig | undefined> {
    const config = await readConfig(this.#mount.storage);
    return isUsable(config) ? config : undefined;
  }

  /**
   * Whose the configured token is. If that isn't known yet, it is asked for, and stored where this
   * node may.
   */
  async identity({ client, config }: OpenTerraform): Promise<Identity> {
    if (config.token_owner_type !== "") return identityOf(config);
    const details = await readDetails(client);
    if (await isWriteSafe(this.#mount))
      await this.#change(config, (current) => ({ ...current, ...details }));
    return identityOf(details);
  }

  /** Whether the configured token is still a token: false if Terraform Cloud says that it isn't. */
  async works(client: TerraformCloud): Promise<boolean> {
    try {
      await client.account.details();
      return true;
    } catch (error) {
      if (isUnauthorized(error)) return false;
      throw error;
    }
  }

  /**
   * The error of a request whose token Terraform Cloud rejected, with what to do about it;
   * undefined if the mount's token works: it was replaced meanwhile, or the error is of another
   * token.
   */
  async explainRejection(error: unknown, caller: RequestCaller): Promise<PluginError | undefined> {
    if (!(error instanceof PluginError) || !isUnauthorized(error.cause)) return undefined;
    try {
      const { client } = await this.open(caller, { evenIfLost: true });
      if (await this.works(client)) return undefined;
    } catch {
      // What can't be found out isn't told: the error is that of the request.
      return undefined;
    }
    return new PluginError(error.code, `${error.message}; ${TOKEN_REJECTED}`, { cause: error });
  }

  /**
   * The configured token has been replaced: the mount uses the new one, if it wasn't given another
   * meanwhile.
   *
   * @returns whether it does.
   */
  async follow(replaced: UsableConfig, successor: StoredToken): Promise<boolean> {
    const { token, token_id, expired_at, last_vault_rotation } = successor;
    return await this.#change(replaced, (current) => ({
      ...current,
      token,
      token_id,
      token_expired_at: expired_at,
      ...NEVER_ROTATED,
      token_since: last_vault_rotation,
      last_vault_rotation,
    }));
  }

  /**
   * The configured token was replaced, and nobody has the new one, if Terraform Cloud says that it
   * isn't a token any more.
   */
  async noteIfLost({ client, config }: OpenTerraform): Promise<void> {
    const is_lost = !(await this.works(client));
    if (is_lost !== config.is_lost)
      await this.#change(config, (current) => ({ ...current, is_lost }));
  }

  /** The rotation of the configured token has failed: noted while a schedule retries it. */
  async noteRotationError(known: UsableConfig, rotation_error: string): Promise<void> {
    await this.#change(known, (current) =>
      isRotated(current) ? { ...current, rotation_error } : current,
    );
  }

  /** Changes the configuration, unless it has another token or another connection by now. */
  async #change(known: UsableConfig, change: (current: Config) => Config): Promise<boolean> {
    const { storage } = this.#mount;
    using _held = await this.#locks.acquire([CONFIG_LOCK]);
    const current = await readConfig(storage);
    if (!isUsable(current) || !isSameToken(current, known)) return false;
    if (!isSameConnection(current, known)) return false;
    const changed = change(current);
    // Servers that don't return a token's owner are asked by each operation.
    if (!isSameConfig(changed, current)) await writeConfig(storage, changed);
    return true;
  }
}

/** What is to be done about a token that was replaced, and whose successor nobody has. */
export function lostToken({ token_owner_type, owner_id }: TokenDetails): string {
  return `the token of this mount is no longer valid: it was replaced, and the response with the new token never arrived; create a token of ${token_owner_type} "${owner_id}" at Terraform Cloud and write it to config`;
}
