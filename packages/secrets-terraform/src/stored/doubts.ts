import type { Clock } from "@vault-ts/vault-plugin";
import { isOver } from "../attempts.ts";
import { ownerKey, type StoredOwner } from "../owner.ts";
import type { OpenTerraform, Terraform } from "../terraform.ts";
import { currentTokenId } from "./current-token.ts";
import type { StoredToken } from "./stored-token.ts";

/**
 * The owners whose token may have been replaced or deleted by a request whose answer never arrived.
 * Each of their tokens is looked up before it is returned, until nothing more can come of the
 * request.
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

  has(owner: StoredOwner): boolean {
    return this.#since.has(ownerKey(owner));
  }

  /**
   * Whether Terraform Cloud says that the owner's token isn't one any more.
   *
   * @throws TerraformCloudError if there is a doubt, and the lookup fails.
   */
  async isDead(
    owner: StoredOwner,
    { token, token_id }: StoredToken,
    { client, config }: OpenTerraform,
  ): Promise<boolean> {
    const since = this.#since.get(ownerKey(owner));
    if (since === undefined) return false;
    if (isOver(this.#clock.now() - since)) this.forget(owner);
    // The token itself isn't sent: it may have been created over another connection.
    const isOwn = token.reveal() === config.token.reveal();
    return isOwn
      ? !(await this.#terraform.works(client))
      : (await currentTokenId(client, owner)) !== token_id;
  }
}
