import type { Data } from "./data.ts";
import type { Login, LoginTerms } from "./login.ts";

/** What the host needs to end a secret: it comes back at each renewal and at revocation. */
export interface Lease {
  /** Seconds until the lease ends; 0 is the mount's default. */
  readonly ttl: number;
  /** Seconds from its issue that renewals can extend it to; 0 is the mount's maximum. */
  readonly maxTtl: number;
  readonly renewable: boolean;
  /** When it was issued; the time of the answer if absent. */
  readonly issueTime?: Date | undefined;
  /** Kept by the host with the lease; not shown to the client. */
  readonly internal: Data;
}

/** HTTP headers; a host passes on those that the mount's `allowed_response_headers` names. */
export type Headers = Readonly<Record<string, readonly string[]>>;

/** An answer with more to it than data. */
export interface ReplyOptions {
  readonly data?: Data | undefined;
  readonly lease?: Lease | undefined;
  readonly login?: Login | undefined;
  /** The answer to the renewal of a login. */
  readonly loginTerms?: LoginTerms | undefined;
  /** Shown to the client beside the data, which stays valid. */
  readonly warnings?: readonly string[] | undefined;
  readonly headers?: Headers | undefined;
  /** Seconds: the client gets a wrapping token that lives as long, and the answer for it; even if it didn't ask for one. */
  readonly wrapTtl?: number | undefined;
  /** Where the client is to go instead, with 307. */
  readonly redirect?: string | undefined;
}

/** Made by `reply`, `list`, `rawReply` and `Secret.issue`; a handler that has nothing to add to its data returns the data. */
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

/** An answer with more to it than data. With nothing at all in it, it is the empty answer: 204. */
export function reply(options: ReplyOptions): Reply | undefined {
  const { warnings, headers, ...rest } = new Reply(options);
  const isEmpty =
    warnings.length === 0 &&
    Object.keys(headers).length === 0 &&
    Object.values(rest).every((part) => part === undefined);
  return isEmpty ? undefined : new Reply(options);
}

/** The answer to a list operation; no keys at all is 404, as everywhere in Vault. */
export function list(keys: readonly string[]): Reply {
  return new Reply({ data: keys.length > 0 ? { keys } : {} });
}

/** A body of HTTP as it is, without the host's JSON around it. It carries no lease. */
export interface RawBody {
  /** HTTP's; 200 if absent. */
  readonly status?: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** Instead of `no-store`. */
  readonly cacheControl?: string;
}

/** An answer that the client gets as it is: certificates, metrics, documents. Its names are the host's own. */
export function rawReply({ status = 200, contentType, body, cacheControl }: RawBody): Reply {
  return new Reply({
    data: {
      http_status_code: status,
      http_content_type: contentType,
      // A host decodes what looks like base64, whatever it is.
      http_raw_body: Buffer.from(body).toString("base64"),
      ...(cacheControl !== undefined && { http_raw_cache_control: cacheControl }),
    },
  });
}
