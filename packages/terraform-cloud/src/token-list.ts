import type * as v from "valibot";
import type { Api } from "./api.ts";
import { type Token, tokenPageDocument } from "./token.ts";

/** What the API gives at most on one page. */
const PAGE_SIZE = 100;

/** Where a list ends that never does: at a hundred thousand tokens. */
const MAX_PAGES = 1000;

/** The tokens of a list, page by page, as far as the caller reads on. Nobody waits for them: other calls go first. */
export async function* listTokens(
  api: Api,
  purpose: string,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Token, void, void> {
  const schema: v.GenericSchema<unknown, { tokens: readonly Token[]; hasNext: boolean }> = tokenPageDocument;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const query = `page%5Bnumber%5D=${page}&page%5Bsize%5D=${PAGE_SIZE}`;
    const { tokens, hasNext } = await api.get(
      { purpose, method: "GET", path: `${path}?${query}`, signal, priority: "low" },
      schema,
    );
    yield* tokens;
    if (!hasNext) return;
  }
}
