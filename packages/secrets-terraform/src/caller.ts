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
 * @param signal The request's own: aborted when the client goes.
 * @throws PluginError What fails at Terraform Cloud is told in the framework's terms.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  work: (caller: RequestCaller) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onAbort = () =>
    controller.abort(new PluginError("canceled", "the client canceled the request"));
  const onTimeout = () =>
    controller.abort(
      new PluginError(
        "upstream_timeout",
        `the request took longer than ${MAX_SECONDS} seconds; try again`,
      ),
    );
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(onTimeout, MAX_SECONDS * 1000);
  const deadline = performance.now() + MAX_SECONDS * 1000;
  try {
    return await work({ signal: controller.signal, deadline });
  } catch (error) {
    const isAborted = error instanceof TerraformCloudError && error.code === "aborted";
    throw isAborted && controller.signal.aborted ? controller.signal.reason : fromUpstream(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** @throws PluginError if nobody waits any more: what wasn't begun needn't be. */
export function requireCaller({ signal }: RequestCaller): void {
  if (signal.aborted) throw signal.reason;
}
