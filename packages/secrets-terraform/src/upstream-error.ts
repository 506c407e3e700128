import { TerraformCloudError, type TerraformCloudErrorCode } from "@vault-ts/terraform-cloud";
import { PluginError, type PluginErrorCode } from "@vault-ts/vault-plugin";

/**
 * What Terraform Cloud refuses won't be taken when it is tried again: the caller's matter. All else
 * is between the servers.
 */
const CODES: { readonly [C in TerraformCloudErrorCode]: PluginErrorCode } = {
  invalid_address: "bad_request",
  invalid_ca_cert: "bad_request",
  unauthorized: "bad_request",
  forbidden: "bad_request",
  not_found: "bad_request",
  invalid: "bad_request",
  unsupported: "bad_request",
  not_found_unproven: "upstream",
  rate_limited: "upstream",
  server_error: "upstream",
  redirected: "upstream",
  unreachable: "upstream",
  tls: "upstream",
  malformed: "upstream",
  too_large: "upstream",
  timeout: "upstream_timeout",
  aborted: "upstream_timeout",
};

/**
 * What a failed call to Terraform Cloud means for the client of the mount; other errors pass as
 * they are.
 */
export function fromUpstream(error: unknown): unknown {
  if (!(error instanceof TerraformCloudError)) return error;
  return new PluginError(CODES[error.code], error.message, { cause: error });
}

/** What an operator does about a token of the mount that was deleted, or has expired. */
export const TOKEN_REJECTED =
  "Terraform Cloud rejects the mount's token: write another token to config";

/** True if Terraform Cloud rejected the token that was sent. */
export function isUnauthorized(error: unknown): error is TerraformCloudError {
  return error instanceof TerraformCloudError && error.code === "unauthorized";
}

/** True if this Terraform Cloud, being of another edition, has no such thing. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof TerraformCloudError && error.code === "unsupported";
}

/**
 * Awaits a deletion at Terraform Cloud. A token that isn't found may have been deleted before; or
 * the mount's token may not see it, which is the caller's to tell apart.
 *
 * @returns whether the token was found, and deleted.
 */
export async function deleteIfFound(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** True if Terraform Cloud itself said that the thing isn't there, or isn't ours to see. */
export function isNotFound(error: unknown): boolean {
  return error instanceof TerraformCloudError && error.code === "not_found";
}
