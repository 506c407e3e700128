const MAX_LINES = 5000;

/** The last lines of a log. */
export class LogBuffer {
  readonly #lines: string[] = [];
  #rest = "";

  /** Takes a piece of output, however it is cut. */
  push(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split("\n");
    this.#rest = lines.pop() ?? "";
    this.#lines.push(...lines);
    this.#lines.splice(0, this.#lines.length - MAX_LINES);
  }

  get lines(): readonly string[] {
    return this.#rest === "" ? this.#lines : [...this.#lines, this.#rest];
  }
}
