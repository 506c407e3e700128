import { type Caller, TerraformCloudError } from "@vault-ts/terraform-cloud";
import { PluginError } from "@vault-ts/vault-plugin";
import { fromUpstream } from "./upstream-error.ts";

/**
 * Seconds that a request takes at most, with all that it waits for: a server gives a request up
 * after 90.
 */
const MAX_SECONDS = 80;

/** Who waits for a request: every wait ends when the client goes, or when no time is left. */
export interface RequestCaller extends Caller {
  readonly signal: AbortSignal;
  readonly deadline: number;
}

/**
 * Runs the work of a request under one deadline.
 *
 * @param request Its signal is aborted when the client goes; it is asked for it when something
 * waits.
 * @throws PluginError What fails at Terraform Cloud is told in the framework's terms.
 */
export async function withDeadline<T>(
  request: { readonly signal: AbortSignal },
  work: (caller: RequestCaller) => Promise<T>,
): Promise<T> {
  using caller = new Deadline(request);
  try {
    return await work(caller);
  } catch (error) {
    const isAborted = error instanceof TerraformCloudError && error.code === "aborted";
    throw isAborted && caller.signal.aborted ? caller.signal.reason : fromUpstream(error);
  }
}

class Deadline implements RequestCaller, Disposable {
  readonly deadline = performance.now() + MAX_SECONDS * 1000;
  readonly #request: { readonly signal: AbortSignal };
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: { readonly signal: AbortSignal }) {
    this.#request = request;
  }

  /** Created when something waits: what is answered from memory needs none. */
  get signal(): AbortSignal {
    this.#controller ??= this.#begin();
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    if (!this.#controller) return;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener("abort", this.#onAbort);
  }

  #begin(): AbortController {
    const controller = new AbortController();
    const { signal } = this.#request;
    if (signal.aborted) controller.abort(clientCanceled());
    signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#timer = setTimeout(
      () => controller.abort(timedOut()),
      Math.max(0, this.deadline - performance.now()),
    );
    return controller;
  }

  readonly #onAbort = (): void => this.#controller?.abort(clientCanceled());
}

function clientCanceled(): PluginError {
  return new PluginError("canceled", "the client canceled the request");
}

function timedOut(): PluginError {
  return new PluginError(
    "upstream_timeout",
    `the request took longer than ${MAX_SECONDS} seconds; try again`,
  );
}

/** @throws PluginError if nobody waits any more: what wasn't begun needn't be. */
export function requireCaller({ signal }: RequestCaller): void {
  if (signal.aborted) throw signal.reason;
}
