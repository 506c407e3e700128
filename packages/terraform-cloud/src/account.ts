import * as v from "valibot";
import { type Api, path } from "./api.ts";

/** The account details of a token: its owner, and its id. */
export interface Account {
  readonly userId: string;
  readonly username: string;
  /** True for the service users of the tokens of teams and organizations. */
  readonly isServiceAccount: boolean;
  /**
   * The id of the user or team, or the name of the organization. Null for a token of a team or an
   * organization if the server doesn't say, as older ones don't; and for an owner of another type.
   */
  readonly owner: { readonly type: "user" | "team" | "organization"; readonly id: string } | null;
  /** The id of the calling token; null if the server doesn't say, as older ones don't. */
  readonly tokenId: string | null;
}

type Owner = NonNullable<Account["owner"]>;

const OWNER_TYPES: ReadonlyMap<string, Owner["type"]> = new Map([
  ["users", "user"],
  ["teams", "team"],
  ["organizations", "organization"],
]);

const document = v.pipe(
  v.object({
    data: v.object({
      id: v.pipe(v.string(), v.nonEmpty()),
      attributes: v.object({
        username: v.string(),
        "is-service-account": v.optional(v.boolean(), false),
      }),
      relationships: v.optional(
        v.object({
          "authenticated-resource": v.optional(
            v.object({ data: v.object({ id: v.string(), type: v.string() }) }),
          ),
        }),
      ),
      links: v.optional(v.object({ "auth-token": v.optional(v.string()) })),
    }),
  }),
  v.transform(({ data }): Account => {
    const isServiceAccount = data.attributes["is-service-account"];
    const resource = data.relationships?.["authenticated-resource"]?.data;
    const user: Owner | null = isServiceAccount ? null : { type: "user", id: data.id };
    return {
      userId: data.id,
      username: data.attributes.username,
      isServiceAccount,
      owner: resource ? ownerOf(resource) : user,
      tokenId:
        /\/authentication-tokens\/([\w-]+)$/.exec(data.links?.["auth-token"] ?? "")?.[1] ?? null,
    };
  }),
);

function ownerOf(resource: { readonly id: string; readonly type: string }): Owner | null {
  const type = OWNER_TYPES.get(resource.type);
  return type === undefined ? null : { type, id: resource.id };
}

/** The account of the calling token. */
export interface AccountApi {
  /** Reads the account details of the calling token. Any token may. */
  details(): Promise<Account>;
}

export function accountApi(api: Api): AccountApi {
  return {
    details: () =>
      api.get(
        { operation: "reading the account details", method: "GET", path: path`account/details` },
        document,
      ),
  };
}
