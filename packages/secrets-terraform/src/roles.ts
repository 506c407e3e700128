import { type Input, KeyedLock, type Storage } from "@vault-ts/vault-plugin";
import { deleteRole, listRoles, mergeRole, readRole, type roleFields, writeRole } from "./role.ts";
import type { StoredTokens } from "./tokens/stored-tokens.ts";
import { isSameOwner, storedTokenOwner, type TokenOwner } from "./tokens/token-owner.ts";

/** The lock of all that makes or ends a stored token: whether an owner's last role goes depends on all roles. */
const OWNERS = "owners";

/** Changes of roles, with the stored tokens that come and go with them. Each gives warnings for the one who asked. */
export class Roles {
  readonly #storage: Storage;
  readonly #storedTokens: StoredTokens;
  readonly #lock = new KeyedLock();

  constructor(storage: Storage, storedTokens: StoredTokens) {
    this.#storage = storage;
    this.#storedTokens = storedTokens;
  }

  /**
   * Writes a role: what isn't named stays. The first role of an owner has its stored token made.
   *
   * @throws PluginError `bad_request` with the rule that the result would break.
   */
  async write(
    name: string,
    input: Input<typeof roleFields>,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    return await this.#lock.run(`role/${name}`, async () => {
      const current = await readRole(this.#storage, name);
      const role = mergeRole(name, current, input);
      const [previous, owner] = [current && storedTokenOwner(current), storedTokenOwner(role)];
      return await this.#lockOwners(previous ?? owner, async () => {
        if (owner) await this.#storedTokens.ensure(owner);
        const warnings =
          previous && !isSameOwner(owner, previous) ? await this.#leave(previous, name, signal) : [];
        await writeRole(this.#storage, role);
        return warnings;
      });
    });
  }

  /** Deletes a role; one that isn't there is fine. The last role of an owner has its stored token ended. */
  async delete(name: string, signal: AbortSignal): Promise<readonly string[]> {
    return await this.#lock.run(`role/${name}`, async () => {
      const role = await readRole(this.#storage, name);
      const owner = role && storedTokenOwner(role);
      return await this.#lockOwners(owner, async () => {
        const warnings = owner ? await this.#leave(owner, name, signal) : [];
        await deleteRole(this.#storage, name);
        return warnings;
      });
    });
  }

  /** Ends the owner's token if the role is its last one. It comes first, so that a failure leaves all to be tried again. */
  async #leave(owner: TokenOwner, name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (await this.#isUsedByOthers(owner, name)) return [];
    if (await this.#storedTokens.revoke(owner, signal)) return [];
    return [
      `the token of ${owner.type} ${owner.id} lives on at Terraform Cloud: this mount has no token to end it with`,
    ];
  }

  async #isUsedByOthers(owner: TokenOwner, name: string): Promise<boolean> {
    const others = (await listRoles(this.#storage)).filter((other) => other !== name);
    const roles = await Promise.all(others.map((other) => readRole(this.#storage, other)));
    return roles.some((role) => role && isSameOwner(storedTokenOwner(role), owner));
  }

  /** Runs work that has to do with an owner alone; other work needn't wait for it. */
  async #lockOwners<T>(owner: TokenOwner | undefined, work: () => Promise<T>): Promise<T> {
    return await (owner ? this.#lock.run(OWNERS, work) : work());
  }
}
