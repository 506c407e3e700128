const MAX_LINES = 5000;

/** A server prints its whole configuration in one line, and whatever a plugin sends it. */
const MAX_LINE_LENGTH = 65_536;

/** What the dev mode prints for the person at its terminal. */
const SECRET = /^(Unseal Key|Root Token): .*/;

/** The last lines of a server's log, without its secrets. */
export class LogBuffer {
  readonly #lines: string[] = [];
  readonly #onLog: (line: string) => void;

  /** @param onLog Is told each line. */
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
