/**
 * A change that is done but for the role that makes it final: then it is committed, and else rolled
 * back.
 */
export interface Finishing extends Disposable {
  readonly warnings: readonly string[];
  commit(): Promise<void>;
}

/** What is final already. */
export const NOTHING_LEFT: Finishing = {
  warnings: [],
  commit: async () => {},
  [Symbol.dispose]: () => {},
};
