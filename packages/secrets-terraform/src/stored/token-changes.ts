/**
 * The longest that a reader waits, in milliseconds. Terraform Cloud usually answers in less than a
 * second.
 */
const MAX_WAIT_MS = 5000;

/**
 * Which tokens are being replaced or deleted at this moment, by owner. Terraform Cloud deletes the
 * old token when it creates the new one, which is known only once its answer arrives. A reader in
 * between would get a dead token.
 */
export class TokenChanges {
  readonly #changes = new Map<string, { readonly ended: Promise<void> }>();

  /** A change begins; it ends when the result is disposed of. One at a time for a key. */
  begin(key: string): Disposable {
    let end = () => {};
    const change = {
      ended: new Promise<void>((resolve) => {
        end = resolve;
      }),
    };
    this.#changes.set(key, change);
    return {
      [Symbol.dispose]: () => {
        this.#changes.delete(key);
        end();
      },
    };
  }

  /**
   * Waits until the key's change has succeeded or failed, or for five seconds: a reader must not
   * depend on a Terraform Cloud that hangs.
   */
  async settled(key: string): Promise<void> {
    const change = this.#changes.get(key);
    if (!change) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MAX_WAIT_MS);
      change.ended.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
