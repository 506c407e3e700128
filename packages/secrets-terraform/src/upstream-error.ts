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

/** True if this Terraform Cloud, being of another edition, has no such thing. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof TerraformCloudError && error.code === "unsupported";
}

/** True if Terraform Cloud itself said that the thing isn't there, or isn't ours to see. */
export function isNotFound(error: unknown): boolean {
  return error instanceof TerraformCloudError && error.code === "not_found";
}
