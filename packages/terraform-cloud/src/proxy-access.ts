import type { SecureContext } from "node:tls";
import type { Dialer } from "./dialer.ts";
import type { ProxySetting } from "./proxy-rules.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** The time limit for opening one tunnel. */
export const TUNNEL_TIMEOUT_MS = 30_000;

/** A proxy and how to connect to it. */
export interface ProxyAccess {
  readonly proxy: ProxySetting;
  readonly dialer: Dialer;
  /** The TLS settings for an HTTPS proxy. */
  readonly secureContext: SecureContext | undefined;
}

/** The destination of a tunnel. */
export interface Target {
  /** IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

export function targetOf({ hostname, port }: URL, defaultPort: number): Target {
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || defaultPort };
}

/**
 * @param message Names the proxy by its variable. It must not have any part of the URL, which may
 * hold a password.
 */
export function proxyError(message: string): TerraformCloudError {
  return new TerraformCloudError("unreachable", message);
}

/** @param error The error of the connection to the proxy. */
export function unreachable({ variable }: ProxySetting, error: unknown): TerraformCloudError {
  if (error instanceof TerraformCloudError) return error;
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  return proxyError(`connecting to the proxy in ${variable} failed: ${code}`);
}
