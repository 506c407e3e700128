import type { AuthMethod } from "./login.ts";
import type { Mount } from "./mount.ts";
import type { Path } from "./path.ts";
import type { Secret } from "./secret.ts";
import type { Tick } from "./tick.ts";
import { WAL_PREFIX, type Wal } from "./wal.ts";

/** Paths that the host treats in a special way; one that ends in `/` or `*` is a prefix. */
export interface SpecialPaths {
  /** Need a token with sudo. */
  readonly root?: readonly string[];
  /** Need no token. */
  readonly unauthenticated?: readonly string[];
  /** Storage that isn't replicated to other clusters. */
  readonly localStorage?: readonly string[];
  /** Storage that is wrapped by the seal, where the seal can. */
  readonly sealWrapStorage?: readonly string[];
}

/** What a plugin does for one mount. */
export interface Backend {
  /** What the whole is for; the head of the mount's path-help. */
  readonly help: string;
  readonly paths: readonly Path[];
  readonly secrets?: readonly Secret[];
  /** Makes it an auth method; without, it is a secrets engine. */
  readonly auth?: AuthMethod;
  /** What the host has rolled back after a crash. Their prefix is local storage, without a word in `specialPaths`. */
  readonly wals?: readonly Wal[];
  readonly specialPaths?: SpecialPaths;
  /** After the mount is set up, and on each start of the plugin. */
  initialize?(): Promise<void>;
  /** Before the mount goes away. */
  cleanup?(): Promise<void>;
  /** Once a minute, on the active node only. It has 90 seconds; what it throws is logged, and the next minute comes. */
  periodic?(tick: Tick): Promise<void>;
  /** An entry changed without this process writing it: drop what was kept of it. */
  invalidate?(key: string): void;
}

/** Makes the backend of a mount. Storage can't be used yet while it runs: that is for `initialize` and for requests. */
export type BackendFactory = (mount: Mount) => Backend;

/** The special paths of a backend, its write-ahead log's among them. */
export function specialPathsOf({ specialPaths = {}, wals = [] }: Backend): SpecialPaths {
  if (wals.length === 0) return specialPaths;
  return { ...specialPaths, localStorage: [...(specialPaths.localStorage ?? []), WAL_PREFIX] };
}
