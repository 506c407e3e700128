import type { AuthMethod } from "./login.ts";
import type { Mount } from "./mount.ts";
import type { Path } from "./path.ts";
import type { Secret } from "./secret.ts";
import type { Tick } from "./tick.ts";
import { WAL_PREFIX, type Wal } from "./wal.ts";

/** Paths that the host treats in a special way. */
export interface SpecialPaths {
  /** Paths of requests that need the sudo capability; one that ends in `*` is a prefix. */
  readonly root?: readonly string[];
  /** Paths of requests that need no token; one that ends in `*` is a prefix. */
  readonly unauthenticated?: readonly string[];
  /** Prefixes of storage that isn't replicated to other clusters. */
  readonly localStorage?: readonly string[];
  /** Storage that the seal wraps, where it can; one that ends in `/` is a prefix. */
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
