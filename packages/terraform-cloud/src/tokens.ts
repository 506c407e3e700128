import { type Api, path } from "./api.ts";
import { type Token, tokenDocument } from "./token.ts";

/** Tokens of any owner by their ids, except for metrics tokens. */
export interface TokensApi {
  /** Reads a token, without its secret. */
  read(id: string): Promise<Token>;
  /** Deletes a token, which stops working at once. */
  delete(id: string): Promise<void>;
}

export function tokensApi(api: Api): TokensApi {
  const pathOf = (id: string) => path`authentication-tokens/${id}`;
  return {
    read: async (id) =>
      await api.get(
        { operation: `reading token "${id}"`, method: "GET", path: pathOf(id) },
        tokenDocument,
      ),
    delete: async (id) =>
      await api.send({
        operation: `deleting token "${id}"`,
        method: "DELETE",
        path: pathOf(id),
        priority: "low",
      }),
  };
}
