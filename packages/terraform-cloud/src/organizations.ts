import * as v from "valibot";
import { type Api, path } from "./api.ts";
import { hasNextPage } from "./json-api.ts";
import { permissions } from "./permissions.ts";

/**
 * An organization's token TTL policy: the longest lifetime of tokens by the type of their owner, in
 * milliseconds. Tokens with a longer one are created and rejected: they don't work.
 */
export interface TtlPolicy {
  readonly organization?: number;
  readonly team?: number;
  readonly user?: number;
  readonly audit_trails?: number;
  readonly metrics?: number;
}

const document = v.pipe(
  v.object({
    data: v.array(
      v.object({ attributes: v.object({ "token-type": v.string(), "max-ttl-ms": v.number() }) }),
    ),
  }),
  v.transform(
    ({ data }): TtlPolicy =>
      Object.fromEntries(
        data.map(({ attributes }) => [attributes["token-type"], attributes["max-ttl-ms"]]),
      ),
  ),
);

const organizationDocument = v.pipe(
  v.object({ data: v.object({ id: v.string(), attributes: v.object({ permissions }) }) }),
  v.transform(
    ({ data }): Organization => ({
      name: data.id,
      mayManageToken: data.attributes.permissions["can-update-api-token"],
    }),
  ),
);

export interface Organization {
  /** As its owner wrote it. Names are not case-sensitive. */
  readonly name: string;
  /**
   * Whether the calling token may read, create and delete the organization's token; undefined if
   * the server doesn't say.
   */
  readonly mayManageToken: boolean | undefined;
}

const namesDocument = v.pipe(
  v.object({ data: v.array(v.object({ id: v.string() })), meta: hasNextPage }),
  v.transform(({ data, meta: hasNext }) => ({ names: data.map(({ id }) => id), hasNext })),
);

const entitlementsDocument = v.pipe(
  v.object({ data: v.object({ attributes: v.record(v.string(), v.unknown()) }) }),
  v.transform(({ data }): Entitlements => data.attributes),
);

/**
 * What an organization's plan includes, by its name in the API: `agents`, `audit-logging`. What it
 * lacks is false; the rest is limits and the like.
 */
export type Entitlements = Readonly<Record<string, unknown>>;

/** The limit of pages of organizations that are read: ten thousand organizations. */
const MAX_PAGES = 100;

/** Organizations, their token TTL policies and entitlements. */
export interface OrganizationsApi {
  /** Returns the names of the organizations that the token may see, with low priority. */
  names(): Promise<readonly string[]>;
  /** Reads an organization. Fails with `not_found` for a token that may not see it. */
  read(name: string): Promise<Organization>;
  /** Reads the token TTL policy. Only owners of the organization may; older servers have none. */
  ttlPolicy(name: string): Promise<TtlPolicy>;
  /** Reads the entitlements of an organization that the token may see. */
  entitlements(name: string): Promise<Entitlements>;
}

export function organizationsApi(api: Api): OrganizationsApi {
  return {
    async names() {
      const names: string[] = [];
      for (let page = 1, hasNext = true; hasNext && page <= MAX_PAGES; page += 1) {
        const call = {
          operation: "listing organizations",
          method: "GET",
          path: path`organizations?page%5Bnumber%5D=${String(page)}&page%5Bsize%5D=100`,
          priority: "low",
        } as const;
        const read = await api.get(call, namesDocument);
        names.push(...read.names);
        hasNext = read.hasNext;
      }
      return names;
    },
    read: async (name) =>
      await api.get(
        {
          operation: `reading organization "${name}"`,
          method: "GET",
          path: path`organizations/${name}`,
        },
        organizationDocument,
      ),
    ttlPolicy: async (name) =>
      await api.get(
        {
          operation: `reading the token TTL policy of organization "${name}"`,
          method: "GET",
          path: path`organizations/${name}/token-ttl-policies`,
        },
        document,
      ),
    entitlements: async (name) =>
      await api.get(
        {
          operation: `reading the entitlements of organization "${name}"`,
          method: "GET",
          path: path`organizations/${name}/entitlement-set`,
        },
        entitlementsDocument,
      ),
  };
}
