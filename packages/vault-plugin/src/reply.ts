/** Data of an answer: JSON values, sent to the client as they are. */
export type Data = Readonly<Record<string, unknown>>;

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

/** An answer with more to it than data. */
export interface ReplyOptions {
  readonly data?: Data | undefined;
  readonly lease?: Lease | undefined;
  /** Shown to the client beside the data, which stays valid. */
  readonly warnings?: readonly string[];
}

/** Made by `reply`, `list` and `Secret.issue`; a handler that has nothing to add to its data returns the data. */
export class Reply {
  readonly data: Data | undefined;
  readonly lease: Lease | undefined;
  readonly warnings: readonly string[];

  constructor(options: ReplyOptions) {
    this.data = options.data;
    this.lease = options.lease;
    this.warnings = options.warnings ?? [];
  }
}

/** An answer with warnings. Without data and without warnings it is the empty answer: 204. */
export function reply(options: ReplyOptions): Reply | undefined {
  const empty = !options.data && !options.lease && !options.warnings?.length;
  return empty ? undefined : new Reply(options);
}

/** The answer to a list operation; no keys at all is 404, as everywhere in Vault. */
export function list(keys: readonly string[]): Reply {
  return new Reply({ data: keys.length > 0 ? { keys } : {} });
}
