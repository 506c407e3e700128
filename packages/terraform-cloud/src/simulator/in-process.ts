import { type Connect, httpAnswer } from "../transport.ts";
import type { SiteAnswer, SiteRequest } from "./answer-request.ts";

/** A request on its way to the host of an address. */
export interface CarriedRequest extends SiteRequest {
  readonly origin: string;
  /** PEM of the authorities that the client trusts beside the well-known ones. */
  readonly caCert: string | undefined;
}

/**
 * Carries a client's requests within the process: no sockets.
 *
 * @param carry Brings a request to whatever answers it, as late as it likes; what it throws is what the connection fails with. A client that stops waiting
 * doesn't stop it.
 */
export function connectInProcess(carry: (request: CarriedRequest) => Promise<SiteAnswer>): Connect {
  return (origin, { caCert }) =>
    async (request) => {
      const { method, path, headers, body = "", signal } = request;
      signal.throwIfAborted();
      const sent = carry({ origin, caCert, method, path, authorization: headers["authorization"], body });
      const { status, headers: answered, document } = await untilAborted(sent, signal);
      return httpAnswer(status, answered, document === undefined ? "" : JSON.stringify(document));
    };
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
