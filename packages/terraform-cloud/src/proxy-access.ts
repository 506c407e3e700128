import type { SecureContext } from "node:tls";
import type { Dialer } from "./dialer.ts";
import type { ProxySetting } from "./proxy-rules.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** How long a proxy may take for one tunnel. */
export const TUNNEL_TIMEOUT_MS = 30_000;

/** How a proxy is reached. */
export interface ProxyAccess {
  readonly proxy: ProxySetting;
  readonly dialer: Dialer;
  /** For a proxy that speaks TLS itself. */
  readonly secureContext: SecureContext | undefined;
}

/** What a tunnel leads to. */
export interface Target {
  /** IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

export function targetOf({ hostname, port }: URL, defaultPort: number): Target {
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || defaultPort };
}

/** @param message Names the proxy by its variable: its address, and what else its URL has in it, are in no message. */
export function proxyError(message: string): TerraformCloudError {
  return new TerraformCloudError("unreachable", message);
}

/** @param error What the connection to the proxy failed with. */
export function unreachable({ variable }: ProxySetting, error: unknown): TerraformCloudError {
  if (error instanceof TerraformCloudError) return error;
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  return proxyError(`the proxy of ${variable} can't be reached: ${code}`);
}
