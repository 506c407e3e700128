import type { Data } from "./data.ts";
import type { Request, RequestLogin } from "./request.ts";

/** The terms of a login's token, in seconds; 0 or absent is the mount's default or maximum. */
export interface LoginTerms {
  readonly ttl: number;
  /** Counts from the login, not from the renewal. */
  readonly maxTtl: number;
  /** Makes the token periodic: it never expires while it is renewed within each period. */
  readonly period?: number;
  /** Counts from the login; applies to periodic tokens too. */
  readonly explicitMaxTtl?: number;
}

/** The client that has logged in, and the properties of the token that the host creates for it. */
export interface Login {
  /** The client's stable name within the mount: the host has an entity for it. */
  readonly alias: { readonly name: string; readonly metadata?: Readonly<Record<string, string>> };
  readonly policies: readonly string[];
  readonly terms: LoginTerms;
  /** Whether the token is renewable; true if absent. */
  readonly renewable?: boolean;
  /** Stored by the host with the token; not shown to the client. */
  readonly internal?: Data;
  /** Shown in the audit log: must not be secret. */
  readonly displayName?: string;
  /** Shown to the client and in the audit log: must not be secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The names of the client's external groups. */
  readonly groups?: readonly string[];
  /** The addresses that may use the token, in CIDR notation; all if absent. */
  readonly boundCidrs?: readonly string[];
  /** How often the token may be used; without limit if absent. */
  readonly numUses?: number;
  readonly noDefaultPolicy?: boolean;
  /** The mount's tuned type if absent. */
  readonly tokenType?: "service" | "batch";
}

/** The hooks of an auth method. */
export interface AuthMethod {
  /**
   * Returns the new terms, which the host caps with the mount's. Throw if the client may no longer
   * log in.
   */
  readonly renew: (context: {
    readonly login: RequestLogin;
    readonly request: Request;
    readonly signal: AbortSignal;
  }) => Promise<LoginTerms>;
}
