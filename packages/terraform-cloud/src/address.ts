import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** A scheme, a host, a port: nothing that looks like another host, and nothing secret. */
const ADDRESS = /^https?:\/\/[^\s\p{Cc}/\\?#@]+\/?$/iu;

/** What of an address comes before its path, its query and its fragment. */
const BEFORE_PATH = /^(https?:\/\/[^\s\p{Cc}/\\?#@]+)[/?#].*$/iu;

/** The origin of an address. @throws TerraformCloudError `invalid_address`. */
export function originOf(address: string): string {
  if (ADDRESS.test(address) && URL.canParse(address)) return new URL(address).origin;
  throw new TerraformCloudError(
    "invalid_address",
    "address must be http:// or https:// and a host, such as https://app.terraform.io",
  );
}

/**
 * An address without its path, query and fragment, for one that was written for a client that
 * ignores them, as HashiCorp's go-tfe does. Anything that is no address stays as it is.
 */
export function withoutPath(address: string): string {
  return address.replace(BEFORE_PATH, "$1");
}

/** Where the API begins: a base path with a slash at both ends, however it was written. */
export function rootOf(basePath: string): string {
  const path = basePath.startsWith("/") ? basePath : `/${basePath}`;
  return path.endsWith("/") ? path : `${path}/`;
}
