import type { Data } from "./data.ts";

/**
 * The operations that a path can have handlers for. `scan` is a recursive list, `header` is HTTP's
 * HEAD. Before a login, the host asks an auth method who would log in (`alias-lookahead`), and in
 * which role (`resolve-role`).
 */
export const OPERATIONS = [
  "create",
  "read",
  "update",
  "patch",
  "delete",
  "list",
  "scan",
  "header",
  "alias-lookahead",
  "resolve-role",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A request as the host sends it, decoded but not yet checked against a path. */
export interface Request {
  /** Unique for each request of a client. */
  readonly id: string;
  /**
   * One of `OPERATIONS`, or one of the host's own: `renew`, `revoke`, `rollback`, `help`,
   * `resolve-path`, …
   */
  readonly operation: string;
  /** Relative to the mount, without a leading slash. */
  readonly path: string;
  readonly data: Data;
  /** At renewal and revocation: the lease's data as the plugin issued it, and when. */
  readonly lease?: RequestLease;
  /** At the renewal of a login's token: the login as the plugin and the host set it. */
  readonly login?: RequestLogin;
  /** With its trailing slash: `otp/`. */
  readonly mountPoint: string;
  readonly mountType: string;
  /** Empty if the host doesn't say: OpenBao doesn't. */
  readonly mountAccessor: string;
  /** The client, without its secrets. Empty if the host doesn't know. */
  readonly displayName: string;
  readonly entityId: string;
  readonly clientTokenAccessor: string;
  /** Those that the mount's `passthrough_request_headers` names. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The client's address, as the host sees it. */
  readonly connection?: Connection;
  /** Seconds, if the client wants the response wrapped, which the host does. */
  readonly wrapTtl?: number;
}

export interface Connection {
  readonly remoteAddress: string;
  readonly remotePort: number;
}

export interface RequestLease {
  /** Empty if the host doesn't say. */
  readonly id: string;
  readonly internal: Data;
  readonly issueTime: Date;
  /** Seconds that the client asked to renew by; 0 if it didn't say. */
  readonly increment: number;
}

/** A login whose token is to be renewed. */
export interface RequestLogin {
  readonly alias: { readonly name: string; readonly metadata: Readonly<Record<string, string>> };
  /** As the login set them, without those that the host added. */
  readonly policies: readonly string[];
  readonly displayName: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly internal: Data;
  readonly entityId: string;
  /** Seconds; 0 for a token that isn't periodic. */
  readonly period: number;
  /** Seconds; 0 for none. */
  readonly explicitMaxTtl: number;
  readonly issueTime: Date;
  /** Seconds that the client asked to renew by; 0 if it didn't say. */
  readonly increment: number;
}
