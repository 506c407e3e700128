import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** What became of a call that changes something at Terraform Cloud. */
export type Outcome<T, E extends Error = TerraformCloudError> =
  | { readonly status: "applied"; readonly value: T }
  /** Surely nothing was changed. */
  | { readonly status: "not applied"; readonly error: E }
  /** It may have been applied, or may still be: only the answer is missing. */
  | { readonly status: "unknown"; readonly error: E };

/**
 * The outcome of a call, as a value.
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
