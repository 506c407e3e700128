import { type Api, path } from "./api.ts";
import { type Token, tokenDocument } from "./token.ts";

/** Any token, by its id. */
export interface TokensApi {
  read(id: string): Promise<Token>;
  delete(id: string): Promise<void>;
}

export function tokensApi(api: Api): TokensApi {
  const pathOf = (id: string) => path`authentication-tokens/${id}`;
  return {
    read: async (id) =>
      await api.get({ purpose: `show token ${id}`, method: "GET", path: pathOf(id) }, tokenDocument),
    delete: async (id) =>
      await api.send({
        purpose: `end token ${id}`,
        method: "DELETE",
        path: pathOf(id),
        priority: "low",
      }),
  };
}
