import type { AuthMethod } from "./login.ts";
import type { Mount } from "./mount.ts";
import type { Path } from "./path.ts";
import type { Secret } from "./secret.ts";
import type { Tick } from "./tick.ts";
import { WAL_PREFIX, type Wal } from "./wal.ts";

/** Paths that the host treats in a special way; one that ends in `/` or `*` is a prefix. */
export interface SpecialPaths {
  /** Paths that need the sudo capability. */
  readonly root?: readonly string[];
  /** Paths that need no token. */
  readonly unauthenticated?: readonly string[];
  /** Storage that isn't replicated to other clusters. */
  readonly localStorage?: readonly string[];
  /** Storage that is wrapped by the seal, where the seal can. */
  readonly sealWrapStorage?: readonly string[];
}

/** A plugin's behaviour for one mount. */
export interface Backend {
  /** The purpose of the mount; the head of its path-help. */
  readonly help: string;
  readonly paths: readonly Path[];
  readonly secrets?: readonly Secret[];
  /** Makes it an auth method; without, it is a secrets engine. */
  readonly auth?: AuthMethod;
  /**
   * The WAL entries to roll back after a crash. Their prefix is always local storage:
   * `specialPaths` need not name it.
   */
  readonly wals?: readonly Wal[];
  readonly specialPaths?: SpecialPaths;
  /** Called after the mount is set up, and on each start of the plugin. */
  initialize?(): Promise<void>;
  /** Called before the mount is removed or the plugin ends. */
  cleanup?(): Promise<void>;
  /**
   * Called once a minute, on the active node only, with a time limit of 90 seconds. Errors are
   * logged. A performance secondary calls it too: ask `isWriteSafe` before changing more than
   * leases and local storage.
   */
  periodic?(tick: Tick): Promise<void>;
  /** Called when another node changed an entry: remove it from caches. */
  invalidate?(key: string): void;
}

/**
 * Creates the backend of a mount. Storage can't be used yet: use it in `initialize` and in
 * requests.
 */
export type BackendFactory = (mount: Mount) => Backend;

/** Returns the special paths of a backend, that of its WAL entries among them. */
export function specialPathsOf({ specialPaths = {}, wals = [] }: Backend): SpecialPaths {
  if (wals.length === 0) return specialPaths;
  return { ...specialPaths, localStorage: [...(specialPaths.localStorage ?? []), WAL_PREFIX] };
}
