import type { Server } from "@vault-ts/openbao";
import type { Locator, Page } from "playwright-core";
import type { Browser, ObservedPage } from "./browser.ts";

/** What to fill in before a request is run. */
export interface Form {
  /** Of the path or the query, by name. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** What the page shows of an answer. */
export interface ShownAnswer {
  /** With a remark if the document doesn't have such a response. */
  readonly status: string;
  /** The text of the body; undefined if there is none. */
  readonly body: string | undefined;
}

/**
 * The API explorer of a server's web UI. An operation is a method and a path of the document, such
 * as `POST /terraform/config`.
 */
export interface ApiExplorer {
  /** All that are listed, from top to bottom. */
  operations(): Promise<readonly string[]>;
  /** What is told of each field of an operation's body. */
  fields(operation: string): Promise<ReadonlyMap<string, string>>;
  /** Fills an operation's form in, and executes it; once for each operation. */
  run(operation: string, form?: Form): Promise<ShownAnswer>;
  /** What the page shows of faults in the document. */
  errors(): Promise<readonly string[]>;
  /** What the page complained of, as {@link ObservedPage} tells it. */
  readonly complaints: readonly string[];
}

/**
 * How many pages are opened, one after another. The UI, slowed down, sometimes forgets which page
 * was asked for, or renders its form again and loses the token that was filled in.
 */
const ATTEMPTS = 5;

/** Neither the sign-in page nor the explorer. */
const isElsewhere = ({ pathname }: URL) => !/\/(auth|api-explorer)$/.test(pathname);

async function openSignedIn(
  browser: Browser,
  server: Server,
  filter: string,
): Promise<ObservedPage> {
  for (let attempt = 1; ; attempt += 1) {
    const opened = await browser.newPage();
    const { page } = opened;
    // The UI forgets a root token whenever the page is loaded: who isn't signed in is asked to, and
    // led on to where they wanted to go.
    const explorer = `${server.address}/ui/vault/api-explorer?filter=${encodeURIComponent(filter)}`;
    await page.goto(explorer, { waitUntil: "networkidle" });
    await page.locator("input[name=token]").fill(server.rootToken);
    await page.getByRole("button", { name: "Sign In" }).click();
    const shown = page.locator(".opblock").first().waitFor();
    const refused = page.getByText("Authentication failed").waitFor();
    const ledElsewhere = page.waitForURL(isElsewhere);
    const outcomes = [
      shown.then(() => true),
      refused.then(() => false),
      ledElsewhere.then(() => false),
    ];
    // Those that aren't awaited end with the page.
    for (const outcome of outcomes) outcome.catch(() => {});
    if ((await Promise.race(outcomes)) || attempt === ATTEMPTS) return opened;
    await page.close();
  }
}

/**
 * Opens the explorer with the operations whose path contains `filter`, and signs in with the root
 * token.
 */
export async function openApiExplorer(
  browser: Browser,
  server: Server,
  filter: string,
): Promise<ApiExplorer> {
  const { page, complaints } = await openSignedIn(browser, server, filter);

  return {
    complaints,
    async operations() {
      const listed = await page.locator(".opblock-summary-control").all();
      return await Promise.all(listed.map(operationOf));
    },
    async fields(operation) {
      const block = await unfolded(page, operation);
      const body = block.locator(".opblock-section-request-body");
      await body.getByRole("tab", { name: "Schema" }).click();
      const rows = body.locator(".property-row");
      await rows.first().waitFor();
      const folded = rows.locator('[aria-expanded="false"]');
      while ((await folded.count()) > 0) await folded.first().click();
      const fields = new Map<string, string>();
      for (const row of await rows.all()) {
        const [name = "", told = ""] = await row.locator("> td").allInnerTexts();
        fields.set(name, told);
      }
      return fields;
    },
    async run(operation, { parameters = {}, body } = {}) {
      const block = await unfolded(page, operation);
      await block.getByRole("button", { name: "Try it out" }).click();
      for (const [name, value] of Object.entries(parameters)) {
        await block.locator(`[data-param-name="${name}"] input`).fill(value);
      }
      if (body) {
        await block.getByRole("tab", { name: "Edit Value" }).click();
        await block.locator(".body-param__text").fill(JSON.stringify(body));
      }
      await block.getByRole("button", { name: "Execute" }).click();
      return await answerOf(block.locator(".live-responses-table .response"));
    },
    errors: () => page.locator(".errors-wrapper").allInnerTexts(),
  };
}

async function operationOf(summary: Locator): Promise<string> {
  const method = await summary.locator(".opblock-summary-method").innerText();
  const path = await summary.locator("[data-path]").getAttribute("data-path");
  return `${method} ${path}`;
}

/** The part of the page that is about one operation, unfolded. */
async function unfolded(page: Page, operation: string): Promise<Locator> {
  const [method = "", path] = operation.split(" ");
  const summary = page.locator(`[data-path="${path}"]`);
  const block = page.locator(`.opblock-${method.toLowerCase()}`).filter({ has: summary });
  const fold = block.locator(".opblock-summary-control");
  if ((await fold.getAttribute("aria-expanded")) === "false") await fold.click();
  return block;
}

async function answerOf(response: Locator): Promise<ShownAnswer> {
  const status = await response.locator(".response-col_status").innerText();
  const body = response.locator(".highlight-code");
  return {
    status,
    body: (await body.count()) > 0 ? await body.locator("code").innerText() : undefined,
  };
}
