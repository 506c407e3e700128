import type { Tick, Wal } from "@vault-ts/vault-plugin";
import type { RequestCaller } from "../caller.ts";
import type { StoredOwner } from "../owner.ts";
import { RootRotation, type RotatedRoot } from "./root-rotation.ts";
import { RotationScheduler } from "./rotation-scheduler.ts";
import { type RotationParts, StoredRotations } from "./stored-rotations.ts";

/** All that rotates by a schedule: stored tokens, and the mount's own. */
export class Rotations {
  readonly #root: RootRotation;
  readonly #stored: StoredRotations;
  readonly #scheduler: RotationScheduler;

  constructor(parts: RotationParts) {
    this.#scheduler = new RotationScheduler(parts.mount, async () => {
      await Promise.all([this.followConfig(), this.#stored.planAll()]);
    });
    this.#root = new RootRotation(parts);
    this.#stored = new StoredRotations(parts, this.#scheduler);
  }

  get wals(): readonly Wal[] {
    return this.#root.wals;
  }

  start(): void {
    this.#scheduler.start();
  }

  stop(): void {
    this.#scheduler.stop();
  }

  /** Rotates what is due; nothing where the mount is being removed. */
  async run({ signal, immediate }: Tick): Promise<void> {
    if (!immediate) await this.#scheduler.run(signal);
  }

  /** The configuration was written: its token's rotation is planned again. */
  async followConfig(): Promise<void> {
    await this.#scheduler.plan(this.#root.rotatable);
  }

  /**
   * Roles of the owner were changed, or its token was created. The owner's lock is the caller's.
   */
  async follow(owner: StoredOwner, caller: RequestCaller): Promise<void> {
    await this.#stored.follow(owner, caller);
  }

  /** Replaces the mount's own token. */
  async rotateRoot(caller: RequestCaller): Promise<RotatedRoot> {
    return await this.#root.rotate(caller);
  }
}
