import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** The outcome of a call that changes something at Terraform Cloud. */
export type Outcome<T, E extends Error = TerraformCloudError> =
  | { readonly status: "applied"; readonly value: T }
  /** The change was certainly not applied. */
  | { readonly status: "not applied"; readonly error: E }
  /** The change may have been applied, or may still be: the response is missing. */
  | { readonly status: "unknown"; readonly error: E };

/**
 * Returns the outcome of a call. Throws only errors that aren't the client's.
 *
 * @example
 * const outcome = await outcomeOf(client.userTokens.create(id, options));
 * if (outcome.status === "unknown") await reconcile();
 */
export async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { status: "applied", value: await call };
  } catch (error) {
    if (!(error instanceof TerraformCloudError)) throw error;
    return { status: error.notApplied ? "not applied" : "unknown", error };
  }
}
