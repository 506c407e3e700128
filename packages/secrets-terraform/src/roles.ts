import {
  type Input,
  KeyedLock,
  type Mount,
  PluginError,
  requireActiveNode,
  type Storage,
} from "@vault-ts/vault-plugin";
import {
  deleteRole,
  effectiveType,
  mergeRole,
  type Role,
  readRole,
  requireRole,
  type roleFields,
  writeRole,
} from "./role.ts";
import type { LeasedTokens } from "./tokens/leased-tokens.ts";
import type { StoredToken } from "./tokens/stored-token.ts";
import type { StoredTokens } from "./tokens/stored-tokens.ts";
import { isSameOwner, roleNamesOf, storedTokenOwner, type TokenOwner } from "./tokens/token-owner.ts";

/** The lock of all that makes or ends a stored token: whether an owner's last role goes depends on all roles. */
const OWNERS = "owners";

/** Changes of roles, with the stored tokens that come and go with them. Each gives warnings for the one who asked. */
export class Roles {
  readonly #mount: Mount;
  readonly #storage: Storage;
  readonly #leasedTokens: LeasedTokens;
  readonly #storedTokens: StoredTokens;
  readonly #lock = new KeyedLock();

  constructor(mount: Mount, leasedTokens: LeasedTokens, storedTokens: StoredTokens) {
    this.#mount = mount;
    this.#storage = mount.storage;
    this.#leasedTokens = leasedTokens;
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
    return await this.#lockRole(name, signal, async () => {
      const current = await readRole(this.#storage, name);
      const role = mergeRole(name, current, input);
      const [previous, owner] = [current && storedTokenOwner(current), storedTokenOwner(role)];
      return await this.#lockOwners(previous ?? owner, signal, async () => {
        let warnings: readonly string[] = [];
        const store = async () => {
          const put = () => writeRole(this.#storage, role);
          if (previous && !isSameOwner(owner, previous))
            warnings = await this.#leave(previous, name, signal, put);
          else await put();
        };
        if (!owner) {
          await store();
          return [...warnings, ...(await this.#leasedTokens.warningsOf(role))];
        }
        const made = await this.#storedTokens.ensure(owner, store);
        return [...made.warnings, ...warnings];
      });
    });
  }

  /** Deletes a role; one that isn't there is fine. The last role of an owner has its stored token ended. */
  async delete(name: string, signal: AbortSignal): Promise<readonly string[]> {
    return await this.#lockRole(name, signal, async () => {
      const role = await readRole(this.#storage, name);
      const owner = role && storedTokenOwner(role);
      return await this.#lockOwners(owner, signal, async () => {
        const remove = () => deleteRole(this.#storage, name);
        if (owner) return await this.#leave(owner, name, signal, remove);
        await remove();
        return [];
      });
    });
  }

  /** The stored token of a role whose tokens aren't leased; made first if there is none yet. */
  async storedToken(
    role: Role,
    owner: TokenOwner,
    signal: AbortSignal,
  ): Promise<{ readonly stored: StoredToken; readonly warnings: readonly string[] }> {
    const stored = await this.#storedTokens.get(owner);
    if (stored) return { stored, warnings: [] };
    await requireActiveNode(this.#mount);
    return await this.#whileHeld(role.name, signal, (present) => this.#storedTokens.ensure(present));
  }

  /**
   * Replaces the stored token of a role.
   *
   * @throws PluginError `bad_request` if it has none.
   */
  async rotate(name: string, signal: AbortSignal): Promise<void> {
    await this.#whileHeld(name, signal, (owner) => this.#storedTokens.rotate(owner));
  }

  /** Runs work for the owner that a role names, while the role can't be changed. */
  async #whileHeld<T>(
    name: string,
    signal: AbortSignal,
    work: (owner: TokenOwner) => Promise<T>,
  ): Promise<T> {
    return await this.#lockRole(name, signal, async () => {
      const role = await requireRole(this.#storage, name);
      const owner = storedTokenOwner(role);
      if (owner) return await work(owner);
      throw new PluginError(
        "bad_request",
        `role "${name}" is of type ${effectiveType(role)}, which has no stored token to rotate: only organization and team_legacy have one`,
      );
    });
  }

  /** Changes a role so that it holds the owner's token no more, and ends the token if the role was its last one. */
  async #leave(
    owner: TokenOwner,
    name: string,
    signal: AbortSignal,
    change: () => Promise<void>,
  ): Promise<readonly string[]> {
    const names = await roleNamesOf(this.#storage, owner);
    if (names.some((other) => other !== name)) {
      await this.#storedTokens.adopt(owner);
      await change();
      return [];
    }
    const reason = await this.#storedTokens.revoke(owner, signal, change);
    return reason === undefined
      ? []
      : [`the token of ${owner.type} ${owner.id} lives on at Terraform Cloud: ${reason}`];
  }

  /** Runs work that has to do with a role alone, unless the client goes before its turn comes. */
  async #lockRole<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return await this.#lock.run(`role/${name}`, work, signal);
  }

  /** The same for work that has to do with an owner; other work needn't wait for it. */
  async #lockOwners<T>(
    owner: TokenOwner | undefined,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    return await (owner ? this.#lock.run(OWNERS, work, signal) : work());
  }
}
