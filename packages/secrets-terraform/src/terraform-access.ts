import { createClient, type TerraformCloud } from "@vault-ts/terraform-cloud";
import { KeyedLock, PluginError, type Storage } from "@vault-ts/vault-plugin";
import { type Config, readConfig } from "./config.ts";
import { fromUpstream } from "./upstream-error.ts";

/** The client that a configuration asks for. @throws PluginError `bad_request` for an address that can't be one. */
export function clientOf(config: Config): TerraformCloud {
  try {
    return createClient({
      address: config.address,
      basePath: config.base_path,
      token: config.token?.reveal() ?? "",
      ...(config.ca_cert !== "" && { caCert: config.ca_cert }),
      requestTimeoutMs: config.request_timeout * 1000,
    });
  } catch (error) {
    throw fromUpstream(error);
  }
}

/** A mount's way to Terraform Cloud: one client, with its connections, for as long as the configuration is the same. */
export class TerraformAccess {
  readonly #storage: Storage;
  readonly #lock = new KeyedLock();
  #current: { readonly key: string; readonly client: TerraformCloud } | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /**
   * The configuration and a client for it.
   *
   * @throws PluginError `bad_request` if the mount has no token yet.
   */
  async open(): Promise<{ readonly config: Config; readonly client: TerraformCloud }> {
    const config = await readConfig(this.#storage);
    if (!config?.token) {
      throw new PluginError(
        "bad_request",
        "this mount has no Terraform Cloud token yet: write one to config",
      );
    }
    const key = JSON.stringify([
      config.address,
      config.base_path,
      config.token.reveal(),
      config.ca_cert,
      config.request_timeout,
    ]);
    if (this.#current?.key !== key) this.#current = { key, client: clientOf(config) };
    return { config, client: this.#current.client };
  }

  /** The configuration, if it has a token. */
  async config(): Promise<Config | undefined> {
    const config = await readConfig(this.#storage);
    return config?.token ? config : undefined;
  }

  /** Runs a change of the configuration: one at a time, since each starts from what the one before it has left. */
  async configuring<T>(change: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return await this.#lock.run("config", change, signal);
  }

  /** Runs calls against Terraform Cloud; what fails there comes back in the framework's terms. */
  async call<T>(work: (client: TerraformCloud, config: Config) => Promise<T>): Promise<T> {
    const { client, config } = await this.open();
    try {
      return await work(client, config);
    } catch (error) {
      throw fromUpstream(error);
    }
  }
}
