import { access, constants } from "node:fs/promises";
import { chromium, type Page } from "playwright-core";

/** Where Debian's package puts it. */
const CHROMIUM = "/usr/bin/chromium";

/** A real Chromium of its own, with a new profile. */
export interface Browser extends AsyncDisposable {
  /** One more page, empty. */
  newPage(): Promise<ObservedPage>;
}

export interface ObservedPage {
  readonly page: Page;
  /** What the page complained of since it opened: errors on its console, with the address they are about, and errors that nothing caught. */
  readonly complaints: readonly string[];
}

/** Starts the Chromium of `CHROMIUM_BIN`, or Debian's. @throws Error in one sentence, with the remedy, if there is none. */
export async function openBrowser(): Promise<Browser> {
  // Beside what Playwright turns off: sandbox, first run, updates, and whatever calls home.
  const args = ["--disable-gpu", "--disable-quic", "--disable-sync"];
  const browser = await chromium.launch({ executablePath: await findChromium(process.env), args });
  return {
    async newPage() {
      const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
      // A machine that runs other tests beside it is slow: what is there comes, and what isn't comes never.
      page.setDefaultTimeout(90_000);
      return { page, complaints: complaintsOf(page) };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  return complaints;
}

async function findChromium(env: NodeJS.ProcessEnv): Promise<string> {
  const path = env["CHROMIUM_BIN"] || CHROMIUM;
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new Error(
      `There is no Chromium at ${path}: install it, on Debian with apt-get install chromium, or set CHROMIUM_BIN to a Chromium or Chrome of yours.`,
      { cause },
    );
  }
}
