import type { Api } from "./api.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";
import { type Token, tokenPageDocument, type tokenPageOf } from "./token.ts";

/** The API's limit of tokens on a page. */
const PAGE_SIZE = 100;

/** The limit of pages: a hundred thousand tokens. */
const MAX_PAGES = 1000;

/**
 * Yields the tokens of a list, page by page as the caller reads on, with low priority.
 *
 * Tokens that are created and deleted meanwhile move others from page to page. Therefore the pages
 * are read from the first to the last, which misses a token that moves towards the first, and back
 * again, which finds it. Tokens of all pages but the last are yielded twice.
 *
 * @param document The schema of a page; of authentication tokens by default.
 * @throws TerraformCloudError `too_large` for a list without an end.
 */
export async function* listTokens(
  api: Api,
  operation: string,
  path: string,
  document: ReturnType<typeof tokenPageOf> = tokenPageDocument,
): AsyncGenerator<Token, void, void> {
  const read = async (page: number) => {
    const query = `page%5Bnumber%5D=${page}&page%5Bsize%5D=${PAGE_SIZE}`;
    return await api.get(
      { operation, method: "GET", path: `${path}?${query}`, priority: "low" },
      document,
    );
  };
  let last = 0;
  for (let hasNext = true; hasNext; ) {
    last += 1;
    if (last > MAX_PAGES)
      throw new TerraformCloudError(
        "too_large",
        `${operation} failed: unexpected response: more than ${MAX_PAGES} pages`,
      );
    const page = await read(last);
    yield* page.tokens;
    hasNext = page.hasNext;
  }
  for (let number = last - 1; number >= 1; number -= 1) yield* (await read(number)).tokens;
}
