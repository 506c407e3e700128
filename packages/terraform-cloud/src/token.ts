import * as v from "valibot";
import { hasNextPage, toOne } from "./json-api.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** A token as the API shows it. Its secret is returned only once, when it is created. */
export interface Token {
  /** Such as `at-QmATJea6aWj1xR2t`. */
  readonly id: string;
  /** Null for tokens of organizations, and for the legacy token of a team. */
  readonly description: string | null;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  /** Null for tokens that never expire, which older servers create. */
  readonly expiredAt: Date | null;
  /** Whether the organization's token TTL policy rejects its lifetime: then it doesn't work. */
  readonly isTtlRejected: boolean;
  /** The id of the team whose token it is, where the server tells. */
  readonly teamId?: string;
}

/** A token that was just created. */
export interface IssuedToken extends Token {
  /** The secret itself. */
  readonly token: string;
}

/** The options of a new token. */
export interface TokenOptions {
  /** When it expires; after Terraform Cloud's default of two years if absent. */
  readonly expiredAt?: Date;
}

export interface NamedTokenOptions extends TokenOptions {
  readonly description: string;
}

/** An ISO 8601 time. */
export const dateTime = v.pipe(
  v.string(),
  v.check((time) => !Number.isNaN(Date.parse(time))),
  v.transform((time) => new Date(time)),
);

const attributes = v.object({
  description: v.optional(v.nullable(v.string()), null),
  "created-at": dateTime,
  "last-used-at": v.optional(v.nullable(dateTime), null),
  "expired-at": v.optional(v.nullable(dateTime), null),
  "is-ttl-rejected": v.optional(v.nullable(v.boolean()), false),
});

const resource = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.nonEmpty()),
    attributes,
    relationships: v.optional(v.object({ team: toOne })),
  }),
  v.transform(
    (data): Token => ({
      ...(data.relationships?.team?.data && { teamId: data.relationships.team.data.id }),
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

/** The schema of a token in one of the API's types of resources. */
export type TokenResource = v.GenericSchema<unknown, Token>;

/** The schema of one page of a list. A document without pagination is the whole list. */
export function tokenPageOf(
  listed: TokenResource,
): v.GenericSchema<unknown, { tokens: readonly Token[]; hasNext: boolean }> {
  return v.pipe(
    v.object({ data: v.array(listed), meta: hasNextPage }),
    v.transform(({ data: tokens, meta: hasNext }) => ({ tokens, hasNext })),
  );
}

export const tokenPageDocument = tokenPageOf(resource);

/** The schema of a created token, which must have its secret. */
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

/** Returns the options as the API names them. @throws TerraformCloudError `invalid`. */
export function tokenAttributes({
  expiredAt,
  ...rest
}: TokenOptions & { readonly description?: string }) {
  return { ...rest, ...(expiredAt && { "expired-at": isoTime(expiredAt) }) };
}

/** @throws TerraformCloudError `invalid` for an invalid date. */
export function isoTime(date: Date): string {
  if (Number.isNaN(date.getTime()))
    throw new TerraformCloudError("invalid", "expiredAt is not a valid date");
  return date.toISOString();
}
