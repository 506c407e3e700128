import type { HostSnapshot } from "@vault-ts/vault-plugin/testing";
import type { MountUnderTest } from "./mount-under-test.ts";

interface Backup {
  readonly host: HostSnapshot;
  readonly connections: ReturnType<MountUnderTest["connections"]["snapshot"]>;
  readonly reach: MountUnderTest["reach"][number] | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The last snapshot of each mount, and what is known of that moment. */
export class Backups {
  readonly #now: () => number;
  readonly #last = new Map<number, Backup>();

  constructor(now: () => number) {
    this.#now = now;
  }

  take(mount: MountUnderTest): void {
    this.#last.set(mount.index, {
      host: mount.host.snapshot(),
      connections: mount.connections.snapshot(),
      reach: mount.reach.at(-1),
      at: this.#now(),
    });
  }

  /** Puts the mount's last snapshot back, if it has one. */
  putBack(mount: MountUnderTest): void {
    const backup = this.#last.get(mount.index);
    if (!backup) return;
    const now = this.#now();
    mount.undone.push({ from: backup.at, to: now });
    mount.connections.restore(backup.connections);
    if (backup.reach) mount.reach.push({ ...backup.reach, from: now });
    mount.hasConfig = true;
    void mount.restore(backup.host);
  }
}
