import * as v from "valibot";

/** What Terraform Cloud tells of a token. The text of the token itself is told only once, when it is made. */
export interface Token {
  /** Such as `at-QmATJea6aWj1xR2t`. */
  readonly id: string;
  /** Null for tokens of organizations, and for the legacy token of a team. */
  readonly description: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Null for tokens that never expire, which older servers make. */
  readonly expiredAt: Date | null;
  /** Whether it lives longer than its organization allows, and therefore doesn't work. */
  readonly isTtlRejected: boolean;
}

/** A token that was just made. */
export interface IssuedToken extends Token {
  /** The secret itself. */
  readonly token: string;
}

/** What a new token may be given. */
export interface TokenOptions {
  /** When it expires; Terraform Cloud's own default, two years, if absent. */
  readonly expiredAt?: Date;
}

export interface DescribedTokenOptions extends TokenOptions {
  readonly description: string;
}

/** An ISO 8601 time. */
export const dateTime = v.pipe(
  v.string(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
  v.transform((text) => new Date(text)),
);

const attributes = v.object({
  description: v.optional(v.nullable(v.string()), null),
  "created-at": dateTime,
  "last-used-at": v.optional(v.nullable(dateTime), null),
  "expired-at": v.optional(v.nullable(dateTime), null),
  "is-ttl-rejected": v.optional(v.nullable(v.boolean()), false),
});

const resource = v.pipe(
  v.object({ id: v.pipe(v.string(), v.nonEmpty()), attributes }),
  v.transform(
    (data): Token => ({
      id: data.id,
      description: data.attributes.description,
      createdAt: data.attributes["created-at"],
      lastUsedAt: data.attributes["last-used-at"],
      expiredAt: data.attributes["expired-at"],
      isTtlRejected: data.attributes["is-ttl-rejected"] ?? false,
    }),
  ),
);

const data = <T>(schema: v.GenericSchema<unknown, T>) =>
  v.pipe(
    v.object({ data: schema }),
    v.transform((document) => document.data as T),
  );

export const tokenDocument: v.GenericSchema<unknown, Token> = data(resource);

/** A token as a kind of resource tells of it. */
export type TokenResource = v.GenericSchema<unknown, Token>;

/** One page of a list; one that tells nothing of pages is the whole. */
export function tokenPageOf(
  listed: TokenResource,
): v.GenericSchema<unknown, { tokens: readonly Token[]; hasNext: boolean }> {
  return v.pipe(
    v.object({
      data: v.array(listed),
      meta: v.optional(
        v.object({
          pagination: v.optional(v.object({ "next-page": v.optional(v.nullable(v.number()), null) })),
        }),
      ),
    }),
    v.transform((document) => ({
      tokens: document.data,
      hasNext: (document.meta?.pagination?.["next-page"] ?? null) !== null,
    })),
  );
}

export const tokenPageDocument = tokenPageOf(resource);

/** An answer without the token's text is refused: there is nothing in it to return. */
export function issuedTokenOf(issued: TokenResource): v.GenericSchema<unknown, IssuedToken> {
  return v.pipe(
    v.object({
      data: v.intersect([
        v.pipe(
          v.object({ attributes: v.object({ token: v.pipe(v.string(), v.nonEmpty()) }) }),
          v.transform(({ attributes: { token } }) => ({ token })),
        ),
        issued,
      ]),
    }),
    v.transform((document) => document.data),
  );
}

export const issuedTokenDocument = issuedTokenOf(resource);

/** The options in the names of the API. */
export function tokenAttributes({ expiredAt, ...rest }: TokenOptions & { readonly description?: string }) {
  return { ...rest, ...(expiredAt && { "expired-at": expiredAt.toISOString() }) };
}
