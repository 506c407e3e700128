import type { Data } from "./data.ts";
import type { Login, LoginTerms } from "./login.ts";

/** What the host needs to revoke a secret: it passes this to each renewal and to the revocation. */
export interface Lease {
  /** Seconds until the lease ends; 0 is the mount's default. */
  readonly ttl: number;
  /** Seconds from its issue that renewals can extend it to; 0 is the mount's maximum. */
  readonly maxTtl: number;
  readonly renewable: boolean;
  /** When it was issued; the time of the reply if absent. */
  readonly issueTime?: Date | undefined;
  /** Stored by the host with the lease; not shown to the client. */
  readonly internal: Data;
}

/** HTTP headers; a host passes on those that the mount's `allowed_response_headers` names. */
export type Headers = Readonly<Record<string, readonly string[]>>;

/** A response with more than data. */
export interface ReplyOptions {
  readonly data?: Data | undefined;
  readonly lease?: Lease | undefined;
  readonly login?: Login | undefined;
  /** The result of the renewal of a login. */
  readonly loginTerms?: LoginTerms | undefined;
  /** Shown to the client in addition to the data, which stays valid. */
  readonly warnings?: readonly string[] | undefined;
  readonly headers?: Headers | undefined;
  /**
   * Seconds: the client gets a wrapping token with this TTL instead of the response, even if it
   * didn't ask for one.
   */
  readonly wrapTtl?: number | undefined;
  /** Redirects the client there, with 307. */
  readonly redirect?: string | undefined;
}

/**
 * Created by `reply`, `list`, `rawReply` and `Secret.issue`; a handler that has nothing to add to
 * its data returns the data.
 */
export class Reply {
  readonly data: Data | undefined;
  readonly lease: Lease | undefined;
  readonly login: Login | undefined;
  readonly loginTerms: LoginTerms | undefined;
  readonly warnings: readonly string[];
  readonly headers: Headers;
  readonly wrapTtl: number | undefined;
  readonly redirect: string | undefined;

  constructor(options: ReplyOptions) {
    this.data = options.data;
    this.lease = options.lease;
    this.login = options.login;
    this.loginTerms = options.loginTerms;
    this.warnings = options.warnings ?? [];
    this.headers = options.headers ?? {};
    this.wrapTtl = options.wrapTtl;
    this.redirect = options.redirect;
  }
}

/** Creates a response with more than data. Without anything in it, the response is 204. */
export function reply(options: ReplyOptions): Reply | undefined {
  const { warnings, headers, ...rest } = new Reply(options);
  const isEmpty =
    warnings.length === 0 &&
    Object.keys(headers).length === 0 &&
    Object.values(rest).every((part) => part === undefined);
  return isEmpty ? undefined : new Reply(options);
}

/** Creates the response to a list operation; without keys it is 404, as everywhere in Vault. */
export function list(keys: readonly string[]): Reply {
  return new Reply({ data: keys.length > 0 ? { keys } : {} });
}

/** A raw HTTP body, without the host's JSON around it. It has no lease. */
export interface RawBody {
  /** The HTTP status; 200 if absent. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** The `Cache-Control` header; `no-store` if absent. */
  readonly cacheControl?: string;
}

/** Creates a response that the client gets unchanged: certificates, metrics, documents. */
export function rawReply({ status = 200, contentType, body, cacheControl }: RawBody): Reply {
  return new Reply({
    data: {
      http_status_code: status,
      http_content_type: contentType,
      // A host decodes every string that looks like base64.
      http_raw_body: Buffer.from(body).toString("base64"),
      ...(cacheControl !== undefined && { http_raw_cache_control: cacheControl }),
    },
  });
}
