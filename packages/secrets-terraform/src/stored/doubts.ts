import type { Clock } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import type { UsableConfig } from "../config/config.ts";
import { isOver } from "../looks.ts";
import { ownerKey, type StoredOwner } from "../owner.ts";
import type { Terraform } from "../terraform.ts";
import type { StoredToken } from "./stored-token.ts";

/**
 * The owners whose token may have been replaced or deleted by a request whose answer never arrived:
 * until nothing more can come of it, each of their tokens is tried before it is returned.
 */
export class Doubts {
  readonly #clock: Clock;
  readonly #terraform: Terraform;
  /** Since when, in milliseconds since 1970, by owner. */
  readonly #since = new Map<string, number>();

  constructor(clock: Clock, terraform: Terraform) {
    this.#clock = clock;
    this.#terraform = terraform;
  }

  note(owner: StoredOwner): void {
    this.#since.set(ownerKey(owner), this.#clock.now());
  }

  /** Another token of the owner was created since. */
  forget(owner: StoredOwner): void {
    this.#since.delete(ownerKey(owner));
  }

  /**
   * Whether Terraform Cloud says that the owner's token isn't one any more.
   *
   * @throws TerraformCloudError where there is a doubt, and that can't be found out.
   */
  async isDead(
    owner: StoredOwner,
    { token }: StoredToken,
    config: UsableConfig,
    caller: RequestCaller,
  ): Promise<boolean> {
    const since = this.#since.get(ownerKey(owner));
    if (since === undefined) return false;
    if (isOver(this.#clock.now() - since)) this.forget(owner);
    return !(await this.#terraform.works(this.#terraform.clientOf({ ...config, token }).for(caller)));
  }
}
