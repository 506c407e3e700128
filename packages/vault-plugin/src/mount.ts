import type { MountStorage } from "./storage.ts";
import type { SystemView } from "./system-view.ts";

/**
 * Lines for the host's log. Fields are logged as they are, but for what is `Redacted`: never give
 * them a bare secret.
 */
export interface Logger {
  trace(message: string, fields?: Readonly<Record<string, unknown>>): void;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A clock, which tests can replace. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** One mount of the plugin on a host. The same process may serve many, each with its own. */
export interface Mount {
  readonly storage: MountStorage;
  readonly system: SystemView;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Never changes while the mount exists; empty while the plugin is only registered. */
  readonly uuid: string;
}
