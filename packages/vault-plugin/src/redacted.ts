import * as v from "valibot";

const PRINTED = "[redacted]";

/**
 * A secret, which prints as `[redacted]`: in strings, logs, errors, JSON and the debugger. Fields
 * marked `sensitive` have one.
 *
 * Its value appears only in stored entries, in the data of a reply, and by `reveal`.
 */
export class Redacted<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The secret itself. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return PRINTED;
  }

  toJSON(): string {
    return PRINTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return PRINTED;
  }
}

/** Returns the schema of a secret in an entry: the output of the given one, redacted. */
export function redacted<T>(
  schema: v.GenericSchema<unknown, T>,
): v.GenericSchema<unknown, Redacted<T>> {
  return v.pipe(
    schema,
    v.transform((value) => new Redacted(value)),
  );
}

/** Serializes JSON with its secrets, for the host's storage and the client. */
export function toRevealedJson(value: unknown): string {
  return JSON.stringify(
    value,
    function (this: Readonly<Record<string, unknown>>, key, printed: unknown) {
      const held = this[key];
      return held instanceof Redacted ? held.reveal() : printed;
    },
  );
}
