const MAX_LINES = 5000;

/**
 * The length limit of a line: a server prints its whole configuration in one line, and output of
 * plugins.
 */
const MAX_LINE_LENGTH = 65_536;

/** The secrets that the dev mode prints on the terminal. */
const SECRET = /^(Unseal Key|Root Token): .*/;

/** The last lines of a server's log, without its secrets. */
export class LogBuffer {
  readonly #lines: string[] = [];
  readonly #onLog: (line: string) => void;

  /** @param onLog Called with each line. */
  constructor(onLog: (line: string) => void = () => {}) {
    this.#onLog = onLog;
  }

  add(line: string): void {
    const kept = line.slice(0, MAX_LINE_LENGTH).replace(SECRET, "$1: (hidden)");
    this.#lines.push(kept);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#onLog(kept);
  }

  get lines(): readonly string[] {
    return this.#lines;
  }
}
