import { chromium, type Page } from "playwright-core";
import type { Chromium } from "./chromium.ts";
import { TIME_LIMITS } from "./time-limits.ts";

/** A browser of its own, with a new profile. */
export interface Browser extends AsyncDisposable {
  /** One more page, empty. */
  newPage(): Promise<ObservedPage>;
}

export interface ObservedPage {
  readonly page: Page;
  /**
   * What the page complained of since it opened: errors on its console, with the address they are
   * about, and errors that nothing caught.
   */
  readonly complaints: readonly string[];
}

/** Starts a Chromium. */
export async function openBrowser({ path, env }: Chromium): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: path,
    // Beside what Playwright turns off: sandbox, first run, updates, and whatever calls home.
    args: ["--disable-gpu", "--disable-quic", "--disable-sync"],
    timeout: TIME_LIMITS.poll,
    env: { ...process.env, ...env },
  });
  return {
    async newPage() {
      const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
      page.setDefaultTimeout(TIME_LIMITS.poll);
      return { page, complaints: complaintsOf(page) };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error")
      complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  return complaints;
}
