/** The messages of a stream, in the order of their arrival, for one reader. */
export class MessageQueue<T> implements AsyncIterable<T> {
  readonly #arrived: T[] = [];
  #onChange = () => {};
  #isOver = false;
  #failure: Error | undefined;
  readonly #onEmpty: () => void;

  /** @param onEmpty Called when the reader has taken all that has arrived, and wants more. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Whether nothing more comes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  push(message: T): void {
    this.#arrived.push(message);
    this.#onChange();
  }

  end(): void {
    this.#isOver = true;
    this.#onChange();
  }

  /** The reader gets the error once it has read what arrived before. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      while (this.#arrived.length > 0) yield this.#arrived.shift() as T;
      if (this.#failure) throw this.#failure;
      if (this.#isOver) return;
      this.#onEmpty();
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
  }
}
