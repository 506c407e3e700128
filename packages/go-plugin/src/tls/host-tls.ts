import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { createIdentity, type KeyPair } from "./certificate.ts";
import { type PinnedTls, pinnedTls } from "./pinning.ts";

/**
 * Returns the key pair that a host has created for itself and its plugin, if it has: both then show
 * this certificate, and accept a peer only with it. If undefined, `PLUGIN_CLIENT_CERT` applies.
 *
 * @param env The environment of the process, from which it may remove secrets.
 */
export type SharedKeyPair = (env: NodeJS.ProcessEnv) => Promise<KeyPair | undefined>;

/** How a plugin and its host secure their connections. */
export interface HostTls {
  readonly tls: PinnedTls;
  /** The certificate for the handshake line, in DER. */
  readonly announced: Uint8Array | undefined;
}

/**
 * A shared key pair takes precedence over the host's certificate in `PLUGIN_CLIENT_CERT`; without
 * either there is no TLS.
 */
export async function hostTls(
  sharedKeyPair: SharedKeyPair | undefined,
  env: NodeJS.ProcessEnv,
): Promise<HostTls | undefined> {
  const shared = await sharedKeyPair?.(env);
  if (shared) return { tls: pinnedTls(shared, shared.certificate), announced: undefined };
  const peer = env["PLUGIN_CLIENT_CERT"];
  if (!peer) return undefined;
  const identity = createIdentity();
  return { tls: pinToHost(identity, peer), announced: identity.der };
}

function pinToHost(identity: KeyPair, peer: string): PinnedTls {
  try {
    return pinnedTls(identity, peer);
  } catch (cause) {
    throw new GrpcError(
      GrpcCode.FAILED_PRECONDITION,
      "PLUGIN_CLIENT_CERT is not a PEM-encoded certificate; the server sets it, so remove it from its environment and from the plugin's registration",
      { cause },
    );
  }
}
