import * as v from "valibot";
import { type Api, path } from "./api.ts";
import type { NamedTokensApi } from "./named-tokens.ts";
import { dateTime, isoTime, issuedTokenOf, type Token, tokenPageOf } from "./token.ts";
import { listTokens } from "./token-list.ts";

/**
 * The metrics tokens of an organization, which only HCP Terraform has. The API calls their
 * description a name.
 */
export interface MetricsTokensApi extends NamedTokensApi {
  /** Deletes a metrics token, which stops working at once. */
  delete(organization: string, id: string): Promise<void>;
}

const resource = v.pipe(
  v.object({
    id: v.pipe(v.string(), v.nonEmpty()),
    attributes: v.object({
      name: v.string(),
      "created-at": dateTime,
      "expires-at": v.optional(v.nullable(dateTime), null),
    }),
  }),
  v.transform(
    ({ id, attributes }): Token => ({
      id,
      description: attributes.name,
      createdAt: attributes["created-at"],
      lastUsedAt: null,
      expiredAt: attributes["expires-at"],
      isTtlRejected: false,
    }),
  ),
);

const issuedDocument = issuedTokenOf(resource);
const pageDocument = tokenPageOf(resource);

export function metricsTokensApi(api: Api): MetricsTokensApi {
  const pathOf = (organization: string) => path`organizations/${organization}/metrics-tokens`;
  return {
    create: async (organization, { description, expiredAt }) =>
      await api.get(
        {
          operation: `creating a metrics token for organization "${organization}"`,
          method: "POST",
          path: pathOf(organization),
          type: "metrics-tokens",
          attributes: {
            name: description,
            ...(expiredAt && { "expires-at": isoTime(expiredAt) }),
          },
        },
        issuedDocument,
      ),
    async *list(organization) {
      yield* listTokens(
        api,
        `listing the metrics tokens of organization "${organization}"`,
        pathOf(organization),
        pageDocument,
      );
    },
    delete: async (organization, id) =>
      await api.send({
        operation: `deleting metrics token "${id}"`,
        method: "DELETE",
        path: path`organizations/${organization}/metrics-tokens/${id}`,
        priority: "low",
      }),
  };
}
