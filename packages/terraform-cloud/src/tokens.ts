import { type Api, path } from "./api.ts";
import { type Token, tokenDocument } from "./token.ts";

/** Any token, by its id. */
export interface TokensApi {
  read(id: string, signal?: AbortSignal): Promise<Token>;
  delete(id: string, signal?: AbortSignal): Promise<void>;
}

export function tokensApi(api: Api): TokensApi {
  const pathOf = (id: string) => path`authentication-tokens/${id}`;
  return {
    read: async (id, signal) =>
      await api.get({ purpose: `show token ${id}`, method: "GET", path: pathOf(id), signal }, tokenDocument),
    delete: async (id, signal) =>
      await api.send({
        purpose: `end token ${id}`,
        method: "DELETE",
        path: pathOf(id),
        signal,
        priority: "low",
      }),
  };
}
