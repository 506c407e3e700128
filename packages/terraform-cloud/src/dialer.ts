import type { LookupFunction, Socket } from "node:net";

/** The longest that a connection to one of several addresses may take before the next is tried. */
const MAX_ATTEMPT_MS = 3000;

/** So many addresses can be tried in a request's time. */
const ATTEMPTS = 4;

/** What a request is opened with. */
export interface DialOptions {
  readonly autoSelectFamily: true;
  readonly autoSelectFamilyAttemptTimeout: number;
  readonly lookup: LookupFunction;
}

/**
 * Connects to a host of several addresses. Node.js gives each but the last 250 ms, which is less than some ways take. What has connected once is
 * tried first from then on, so that an address that doesn't answer holds up one request and no more.
 */
export class Dialer {
  readonly options: DialOptions;
  #connected: string | undefined;

  /** @param timeoutMs What a request may take. */
  constructor(timeoutMs: number, lookup: LookupFunction) {
    this.options = {
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: Math.min(MAX_ATTEMPT_MS, Math.ceil(timeoutMs / ATTEMPTS)),
      lookup: (hostname, options, done) =>
        lookup(hostname, options, (error, addresses, family) => {
          if (error || typeof addresses === "string") return done(error, addresses, family);
          const isFirst = ({ address }: { readonly address: string }) => address === this.#connected;
          done(null, [...addresses.filter(isFirst), ...addresses.filter((other) => !isFirst(other))]);
        }),
    };
  }

  /** Notes which address a socket connects to. */
  watch(socket: Socket): void {
    if (!socket.connecting) return;
    socket.once("connect", () => {
      this.#connected = socket.remoteAddress;
    });
  }
}
