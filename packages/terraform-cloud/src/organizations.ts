import * as v from "valibot";
import { type Api, path } from "./api.ts";

/** The longest that tokens may live, by whose they are, in milliseconds. Those that live longer are made, and don't work. */
export interface TtlPolicy {
  readonly organization?: number;
  readonly team?: number;
  readonly user?: number;
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

/** What an organization's owners have set. */
export interface OrganizationsApi {
  /** Only its owners may read it; older servers have none. */
  ttlPolicy(name: string, signal?: AbortSignal): Promise<TtlPolicy>;
}

export function organizationsApi(api: Api): OrganizationsApi {
  return {
    ttlPolicy: async (name, signal) =>
      await api.get(
        {
          purpose: `tell how long tokens of ${name} may live`,
          method: "GET",
          path: path`organizations/${name}/token-ttl-policies`,
          signal,
        },
        document,
      ),
  };
}
