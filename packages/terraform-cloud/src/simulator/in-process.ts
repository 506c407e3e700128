import { type Connect, httpAnswer } from "../transport.ts";
import type { SiteAnswer, SiteRequest } from "./answer-request.ts";

/** A request to the host of an address. */
export interface CarriedRequest extends SiteRequest {
  readonly origin: string;
  /** The `caCert` of the client. */
  readonly caCert: string | undefined;
}

/**
 * Returns a transport within the process, without sockets.
 *
 * @param carry Responds to a request, after any delay. What it throws is the error of the
 * connection. A client that stops waiting doesn't stop it.
 */
export function connectInProcess(carry: (request: CarriedRequest) => Promise<SiteAnswer>): Connect {
  return (origin, { caCert }) =>
    async (request) => {
      const { method, path, headers, body = "", signal } = request;
      signal.throwIfAborted();
      const sent = carry({
        origin,
        caCert,
        method,
        path,
        authorization: headers["authorization"],
        body,
      });
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
