import type { Data } from "./data.ts";
import type { Request, RequestLogin } from "./request.ts";

/** How long a login's token lives. Seconds; 0, or nothing, is the mount's own default or maximum. */
export interface LoginTerms {
  readonly ttl: number;
  /** From the login, not from the renewal. */
  readonly maxTtl: number;
  /** Makes the token periodic: it lives on for ever, if it is renewed within each such time. */
  readonly period?: number;
  /** From the login; holds for periodic tokens too. */
  readonly explicitMaxTtl?: number;
}

/** Who has logged in, and what the token may be that the host makes for it. */
export interface Login {
  /** Names the client within the mount, always alike: the host has an entity for it. */
  readonly alias: { readonly name: string; readonly metadata?: Readonly<Record<string, string>> };
  readonly policies: readonly string[];
  readonly terms: LoginTerms;
  /** True if absent. */
  readonly renewable?: boolean;
  /** Kept by the host with the token; not shown to the client. */
  readonly internal?: Data;
  /** Shown in the audit log. No secret. */
  readonly displayName?: string;
  /** Shown to the client, and in the audit log. No secret. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The names, outside, of the groups that it is in. */
  readonly groups?: readonly string[];
  /** From where the token may be used, in CIDR notation; from everywhere if absent. */
  readonly boundCidrs?: readonly string[];
  /** How often the token may be used; without limit if absent. */
  readonly numUses?: number;
  readonly noDefaultPolicy?: boolean;
  /** As the mount is tuned, if absent. */
  readonly tokenType?: "service" | "batch";
}

/** What makes a backend an auth method: the renewal of the tokens that its logins got. */
export interface AuthMethod {
  /** The new terms. The host caps them with the mount's. Throw to refuse, where the client may log in no more. */
  readonly renew: (context: {
    readonly login: RequestLogin;
    readonly request: Request;
    readonly signal: AbortSignal;
  }) => Promise<LoginTerms>;
}
