/** Where a token goes to, and whom it is shown to on the way. */
export interface Connection {
  readonly origin: string;
  readonly root: string;
  /** Empty for the well-known authorities. */
  readonly caCert: string;
}

const PARTS = ["origin", "root", "caCert"] as const;
type Part = (typeof PARTS)[number];

/** A write of a mount's configuration. */
interface ConfigWrite {
  readonly client: number;
  readonly token: string | undefined;
  readonly parts: Partial<Connection>;
  readonly startedAt: number;
  endedAt: number;
  /** What was, or may have been, in use at any moment of it. */
  readonly inUse: Readonly<Record<Part, Set<string>>>;
  overlaps: boolean;
}

/** How long what was written without a token waits for one, by the same client. */
const PENDING_MS = 600_000;

/** Which connections each token of a mount was written for: those that it may be sent over. */
export class Connections {
  /** Whether the mount's clock was set: then nobody can say when its ten minutes are over. */
  isClockSet = false;
  readonly #now: () => number;
  readonly #initial: Connection;
  readonly #writes: ConfigWrite[] = [];
  readonly #issued: { readonly token: string; readonly connection: Connection }[] = [];
  #inUse: Record<Part, Set<string>>;
  /** What is in use until a deletion of the configuration is answered. */
  readonly #going = new Set<Readonly<Record<Part, Set<string>>>>();

  constructor(initial: Connection, now: () => number) {
    this.#now = now;
    this.#initial = initial;
    this.#inUse = setsOf(initial);
  }

  /** A token that was made over a connection is good for that one. */
  issued(token: string, connection: Connection): void {
    this.#issued.push({ token, connection });
  }

  /**
   * The configuration goes, and its connection with it: until that is answered, a write may still
   * come first.
   */
  forget(ended: Promise<unknown>): void {
    const before = this.#inUse;
    this.#going.add(before);
    void ended.then(() => this.#going.delete(before));
    this.#inUse = setsOf(this.#initial);
    // Nobody can say which of them comes last.
    for (const write of this.#writes)
      if (write.endedAt === Number.POSITIVE_INFINITY) write.overlaps = true;
  }

  /** What may be in use now, to be put back with a snapshot of the mount. */
  snapshot(): Readonly<Record<Part, Set<string>>> {
    const { origin, root, caCert } = this.#inUse;
    return { origin: new Set(origin), root: new Set(root), caCert: new Set(caCert) };
  }

  restore(snapshot: Readonly<Record<Part, Set<string>>>): void {
    addAll(this.#inUse, snapshot);
  }

  begin(client: number, token: string | undefined, parts: Partial<Connection>): ConfigWrite {
    const open = this.#writes.filter(({ endedAt }) => endedAt === Number.POSITIVE_INFINITY);
    for (const other of open) other.overlaps = true;
    const write: ConfigWrite = {
      client,
      token,
      parts,
      startedAt: this.#now(),
      endedAt: Number.POSITIVE_INFINITY,
      inUse: { origin: new Set(), root: new Set(), caCert: new Set() },
      overlaps: open.length + this.#going.size > 0,
    };
    for (const inUse of [this.#inUse, ...this.#going]) addAll(write.inUse, inUse);
    // What one under way has stored already is in use, though its client has no answer yet.
    for (const other of open)
      if (other.token !== undefined) addAll(write.inUse, this.#valuesOf(other));
    this.#writes.push(write);
    if (token !== undefined)
      for (const other of [...open, write]) addAll(other.inUse, this.#valuesOf(write));
    return write;
  }

  /** @param outcome Of a write whose outcome isn't known, both may be. */
  end(write: ConfigWrite, outcome: "done" | "refused" | "unknown"): void {
    write.endedAt = this.#now();
    if (write.token === undefined || (outcome === "refused" && !write.overlaps)) return;
    const values = this.#valuesOf(write);
    if (outcome === "done" && !write.overlaps) this.#inUse = values;
    else addAll(this.#inUse, values);
  }

  /** Whether a token was written, or made, for a connection. */
  isMeantFor(token: string, connection: Connection): boolean {
    const isIssued = this.#issued.some(
      (other) =>
        other.token === token && PARTS.every((part) => other.connection[part] === connection[part]),
    );
    if (isIssued) return true;
    return this.#writes.some((write) => {
      if (write.token !== token) return false;
      const values = this.#valuesOf(write);
      return PARTS.every((part) => values[part].has(connection[part]));
    });
  }

  /** All that a token may have been written for. */
  #valuesOf(write: ConfigWrite): Record<Part, Set<string>> {
    const valuesOf = (part: Part): Set<string> => {
      const given = write.parts[part];
      if (given !== undefined) return new Set([given]);
      const pending = this.#writes.filter(
        ({ client, token, startedAt, endedAt }) =>
          client === write.client &&
          token === undefined &&
          startedAt <= write.endedAt &&
          (this.isClockSet || write.startedAt - Math.min(endedAt, write.startedAt) <= PENDING_MS),
      );
      return new Set([...write.inUse[part], ...pending.flatMap(({ parts }) => parts[part] ?? [])]);
    };
    return { origin: valuesOf("origin"), root: valuesOf("root"), caCert: valuesOf("caCert") };
  }
}

function setsOf({ origin, root, caCert }: Connection): Record<Part, Set<string>> {
  return { origin: new Set([origin]), root: new Set([root]), caCert: new Set([caCert]) };
}

function addAll(
  to: Readonly<Record<Part, Set<string>>>,
  from: Readonly<Record<Part, Set<string>>>,
): void {
  for (const part of PARTS) for (const value of from[part]) to[part].add(value);
}
