import type { LookupFunction, Socket } from "node:net";

/** How long a connection to one of several addresses may take before the next is tried. */
const MAX_ATTEMPT_MS = 3000;

/** The number of addresses that can be tried within the time limit of a request. */
const ATTEMPTS = 4;

/** The connection options of a request. */
export interface DialOptions {
  readonly autoSelectFamily: true;
  readonly autoSelectFamilyAttemptTimeout: number;
  readonly lookup: LookupFunction;
}

/**
 * Connects to a host with several addresses. Node.js allows 250 ms for each but the last, which is
 * too short for some networks. The address that last connected is tried first, so that an address
 * that doesn't respond delays only one request.
 */
export class Dialer {
  readonly options: DialOptions;
  #connected: string | undefined;

  /** @param timeoutMs The time limit of a request. */
  constructor(timeoutMs: number, lookup: LookupFunction) {
    this.options = {
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.min(MAX_ATTEMPT_MS, Math.ceil(timeoutMs / ATTEMPTS)),
      lookup: (hostname, options, done) =>
        lookup(hostname, options, (error, addresses, family) => {
          if (error || typeof addresses === "string") return done(error, addresses, family);
          const isFirst = ({ address }: { readonly address: string }) =>
            address === this.#connected;
          done(null, [
            ...addresses.filter(isFirst),
            ...addresses.filter((other) => !isFirst(other)),
          ]);
        }),
    };
  }

  /** Remembers the address that a socket connects to. */
  watch(socket: Socket): void {
    if (!socket.connecting) return;
    socket.once("connect", () => {
      this.#connected = socket.remoteAddress;
    });
  }
}
