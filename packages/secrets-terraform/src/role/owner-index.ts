import { ownerKey, type StoredOwner } from "../owner.ts";
import { isScheduled, type Schedule, scheduleOf } from "../rotation/schedule.ts";
import { type Role, storedOwnerOf } from "./role.ts";
import { listRoles, type ReadingMount, ROLE_PREFIX, readRoleIfValid } from "./role-entry.ts";

/**
 * Role entries that are read at the same time: enough to keep the host busy, and not so many that
 * other requests wait.
 */
const BATCH = 64;

/**
 * Which roles refer to an owner's stored token, in memory: a write or a deletion of a role then
 * costs the same whatever the number of roles. The roles are read once, when it is first asked.
 */
export class OwnerIndex {
  readonly #mount: ReadingMount;
  #built: Promise<void> | undefined;
  /** Grows when what was read is outdated: a build of an earlier one notes nothing more. */
  #generation = 0;
  readonly #names = new Map<string, Set<string>>();
  readonly #owners = new Map<string, StoredOwner>();
  readonly #schedules = new Map<string, Schedule>();
  /** The organizations that the roles of teams name, by the names of the roles. */
  readonly #organizations = new Map<string, string>();
  /** The roles that were written while all are read: what was read of them may be older. */
  readonly #newer = new Set<string>();

  /** @param mount Its storage without a cache: all roles are more than one should hold. */
  constructor(mount: ReadingMount) {
    this.#mount = mount;
  }

  /** The names of the roles of an owner. */
  async rolesOf(owner: StoredOwner): Promise<ReadonlySet<string>> {
    await this.#ensureBuilt();
    return this.#names.get(ownerKey(owner)) ?? new Set();
  }

  /** All owners that roles refer to, each once. */
  async owners(): Promise<readonly StoredOwner[]> {
    await this.#ensureBuilt();
    return [
      ...new Map([...this.#owners.values()].map((owner) => [ownerKey(owner), owner])).values(),
    ];
  }

  /** The schedules of an owner's roles, each once, in one order. */
  async schedulesOf(owner: StoredOwner): Promise<readonly Schedule[]> {
    const schedules = new Map<string, Schedule>();
    for (const name of await this.rolesOf(owner)) {
      const schedule = this.#schedules.get(name);
      if (schedule) schedules.set(JSON.stringify(schedule), schedule);
    }
    return [...schedules.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, schedule]) => schedule);
  }

  /** The organization that an owner's roles name; empty if none does, or not all the same. */
  async organizationOf(owner: StoredOwner): Promise<string> {
    const names = new Map<string, string>();
    for (const role of await this.rolesOf(owner)) {
      const name = this.#organizations.get(role);
      if (name !== undefined) names.set(name.toLowerCase(), name);
    }
    const [only = "", another] = names.values();
    return another === undefined ? only : "";
  }

  /** The names of all roles that refer to a stored token. */
  async all(): Promise<readonly string[]> {
    await this.#ensureBuilt();
    return [...this.#owners.keys()];
  }

  async #ensureBuilt(): Promise<void> {
    const generation = this.#generation;
    this.#built ??= this.#build(generation).catch((error: unknown) => {
      if (generation === this.#generation) this.#built = undefined;
      throw error;
    });
    await this.#built;
    if (generation !== this.#generation) await this.#ensureBuilt();
  }

  /** Notes what was written; undefined for a role that was removed. */
  changed(name: string, role: Role | undefined): void {
    this.#newer.add(name);
    this.#note(name, role);
  }

  #note(name: string, role: Role | undefined): void {
    this.#forget(name);
    const owner = role && storedOwnerOf(role);
    if (!owner) return;
    const key = ownerKey(owner);
    this.#owners.set(name, owner);
    if (role.organization !== "") this.#organizations.set(name, role.organization);
    if (isScheduled(role)) this.#schedules.set(name, scheduleOf(role));
    const names = this.#names.get(key) ?? new Set();
    this.#names.set(key, names.add(name));
  }

  /**
   * An entry was written on another node: what that changes isn't known, so all roles are read
   * again when the index is next asked.
   */
  invalidate(key: string): void {
    if (!key.startsWith(ROLE_PREFIX)) return;
    this.#built = undefined;
    this.#generation += 1;
  }

  #forget(name: string): void {
    const owner = this.#owners.get(name);
    if (owner === undefined) return;
    const key = ownerKey(owner);
    this.#owners.delete(name);
    this.#schedules.delete(name);
    this.#organizations.delete(name);
    const names = this.#names.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(key);
  }

  async #build(generation: number): Promise<void> {
    this.#names.clear();
    this.#owners.clear();
    this.#schedules.clear();
    this.#organizations.clear();
    this.#newer.clear();
    const names = await listRoles(this.#mount.storage);
    for (let start = 0; start < names.length; start += BATCH) {
      const batch = names.slice(start, start + BATCH);
      const roles = await Promise.all(batch.map((name) => readRoleIfValid(this.#mount, name)));
      if (generation !== this.#generation) return;
      for (const [index, name] of batch.entries()) {
        if (!this.#newer.has(name)) this.#note(name, roles[index]);
      }
    }
  }
}
