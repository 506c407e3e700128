import { type KeyPair, serve, service } from "@vault-ts/go-plugin";
import type { BackendFactory } from "../backend.ts";
import { backendService } from "./backend-service.ts";
import { PluginVersionDefinition } from "./gen/logical/version.ts";
import { takeUnwrapToken } from "./unwrap-token.ts";

export interface PluginOptions {
  /** The version that the server's plugin catalog shows: semantic, with a leading `v`. */
  readonly version: string;
  readonly backend: BackendFactory;
}

/**
 * What every plugin of OpenBao and Vault shares, in all versions of both. Version 5 of the protocol
 * has AutoMTLS and many mounts in one process. A host falls back to version 4, with a wrapped
 * certificate and one mount. Version 3 is the same.
 */
const HANDSHAKE = {
  cookieKey: "VAULT_BACKEND_PLUGIN",
  cookieValue: "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
  protocolVersions: [3, 4, 5],
} as const;

/** Serves a plugin until its host stops it. Call it in the plugin's `main.ts`. */
export async function servePlugin({ version, backend }: PluginOptions): Promise<void> {
  await serve({
    handshake: HANDSHAKE,
    services: ({ broker, logger }) => [
      backendService(backend, broker, logger),
      service(PluginVersionDefinition, { version: async () => ({ pluginVersion: version }) }),
    ],
    sharedKeyPair,
  });
}

/** Loaded on demand: the HTTP client takes time to load, and is rarely needed. */
async function sharedKeyPair(env: NodeJS.ProcessEnv): Promise<KeyPair | undefined> {
  const token = takeUnwrapToken(env);
  if (token === undefined) return undefined;
  const { unwrapIdentity } = await import("./unwrap-identity.ts");
  return await unwrapIdentity(token, env);
}
