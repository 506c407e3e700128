import { type Caller, TerraformCloudError } from "@vault-ts/terraform-cloud";
import { PluginError } from "@vault-ts/vault-plugin";
import { fromUpstream } from "./upstream-error.ts";

/**
 * Seconds that a request takes at most, with all that it waits for: a server gives a request up
 * after 90.
 */
const MAX_SECONDS = 80;

/** Milliseconds that must be left of request_timeout for a second attempt to be worth it. */
const MIN_RETRY_MS = 1000;

/** Who waits for a request: every wait ends when the client goes, or when no time is left. */
export interface RequestCaller extends Caller {
  readonly signal: AbortSignal;
  readonly deadline: number;
}

/** The mount's own token, whose rejection may be the cause of an error. */
interface MountToken {
  /** The error with what to do about it, if it is that the token was rejected. */
  explainRejection(error: unknown, caller: RequestCaller): Promise<PluginError | undefined>;
}

/**
 * Runs the work of a request under one deadline.
 *
 * @param request Its signal is aborted when the client goes; it is asked for it when something
 * waits.
 * @param terraform Of a request that uses the mount's token: its error says what to do if that is
 *   rejected.
 * @throws PluginError What fails at Terraform Cloud is told in the framework's terms.
 */
export async function withDeadline<T>(
  request: { readonly signal: AbortSignal },
  work: (caller: RequestCaller) => Promise<T>,
  terraform?: MountToken,
): Promise<T> {
  using caller = callerOf(request);
  try {
    return await work(caller);
  } catch (error) {
    const isAborted = error instanceof TerraformCloudError && error.code === "aborted";
    if (isAborted && caller.signal.aborted) throw caller.signal.reason;
    const failure = fromUpstream(error);
    throw (await terraform?.explainRejection(failure, caller)) ?? failure;
  }
}

/** Its signal is created when something waits: what is answered from memory needs none. */
function callerOf(request: { readonly signal: AbortSignal }): RequestCaller & Disposable {
  const deadline = performance.now() + MAX_SECONDS * 1000;
  let controller: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => controller?.abort(clientCanceled());
  const begin = () => {
    const begun = new AbortController();
    if (request.signal.aborted) begun.abort(clientCanceled());
    request.signal.addEventListener("abort", onAbort, { once: true });
    timer = setTimeout(() => begun.abort(timedOut()), Math.max(0, deadline - performance.now()));
    return begun;
  };
  return {
    deadline,
    get signal() {
      controller ??= begin();
      return controller.signal;
    },
    [Symbol.dispose]() {
      if (!controller) return;
      clearTimeout(timer);
      request.signal.removeEventListener("abort", onAbort);
    },
  };
}

/**
 * The deadline of a change at Terraform Cloud that begins now, with all its attempts: milliseconds
 * of performance.now().
 */
export function changeDeadline(
  { deadline }: RequestCaller,
  { request_timeout }: { readonly request_timeout: number },
): number {
  return Math.min(deadline, performance.now() + request_timeout * 1000);
}

/** Whether a change of unknown outcome is repeated: time is left, and the client still waits. */
export function isWorthRetrying({ signal }: RequestCaller, deadline: number): boolean {
  return performance.now() + MIN_RETRY_MS < deadline && !signal.aborted;
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
