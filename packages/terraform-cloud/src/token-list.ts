import type { Api } from "./api.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";
import { type Token, tokenPageDocument, type tokenPageOf } from "./token.ts";

/** What the API gives at most on one page. */
const PAGE_SIZE = 100;

/** Where a list ends that never does: at a hundred thousand tokens. */
const MAX_PAGES = 1000;

/**
 * The tokens of a list, page by page, as far as the caller reads on. Nobody waits for them: other calls go first.
 *
 * While it is read, tokens that come and go move others from page to page. So the pages are read from the first to the last, which misses one that
 * moves towards the first, and back again, which sees that one; tokens of all pages but the last are told twice.
 *
 * @param document What a page is: of authentication tokens by default.
 * @throws TerraformCloudError `too_large` for a list that has no end.
 */
export async function* listTokens(
  api: Api,
  purpose: string,
  path: string,
  document: ReturnType<typeof tokenPageOf> = tokenPageDocument,
): AsyncGenerator<Token, void, void> {
  const read = async (page: number) => {
    const query = `page%5Bnumber%5D=${page}&page%5Bsize%5D=${PAGE_SIZE}`;
    return await api.get({ purpose, method: "GET", path: `${path}?${query}`, priority: "low" }, document);
  };
  let last = 0;
  for (let hasNext = true; hasNext; ) {
    last += 1;
    if (last > MAX_PAGES)
      throw new TerraformCloudError(
        "too_large",
        `Terraform Cloud could not be asked to ${purpose}: there are more than ${MAX_PAGES} pages`,
      );
    const page = await read(last);
    yield* page.tokens;
    hasNext = page.hasNext;
  }
  for (let number = last - 1; number >= 1; number -= 1) yield* (await read(number)).tokens;
}
