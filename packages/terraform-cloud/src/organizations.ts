import * as v from "valibot";
import { type Api, path } from "./api.ts";
import { permissions } from "./permissions.ts";

/** The longest that tokens may live, by whose they are, in milliseconds. Those that live longer are made, and don't work. */
export interface TtlPolicy {
  readonly organization?: number;
  readonly team?: number;
  readonly user?: number;
  readonly audit_trails?: number;
  readonly metrics?: number;
}

const document = v.pipe(
  v.object({
    data: v.array(v.object({ attributes: v.object({ "token-type": v.string(), "max-ttl-ms": v.number() }) })),
  }),
  v.transform(
    ({ data }): TtlPolicy =>
      Object.fromEntries(data.map(({ attributes }) => [attributes["token-type"], attributes["max-ttl-ms"]])),
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
  /** In the spelling that it was given; upper and lower case are the same. */
  readonly name: string;
  /** Whether the calling token may read, create and delete the organization's; undefined where the server doesn't say. */
  readonly mayManageToken: boolean | undefined;
}

/** Organizations, and what their owners have set. */
export interface OrganizationsApi {
  /** "Not found" without the right to see it. */
  read(name: string): Promise<Organization>;
  /** Only its owners may read it; older servers have none. */
  ttlPolicy(name: string): Promise<TtlPolicy>;
}

export function organizationsApi(api: Api): OrganizationsApi {
  return {
    read: async (name) =>
      await api.get(
        { purpose: `show organization ${name}`, method: "GET", path: path`organizations/${name}` },
        organizationDocument,
      ),
    ttlPolicy: async (name) =>
      await api.get(
        {
          purpose: `tell how long tokens of ${name} may live`,
          method: "GET",
          path: path`organizations/${name}/token-ttl-policies`,
        },
        document,
      ),
  };
}
