import type { Server } from "@vault-ts/openbao";
import type { SimulatorCredentials } from "@vault-ts/terraform-cloud/simulator";
import { expectSuccess } from "../expect-success.ts";
import type { LoadRequest } from "../load/load.ts";

/** The simulator, as a mount's configuration needs it. */
export interface Upstream {
  readonly address: string;
  readonly credentials: SimulatorCredentials;
}

type Sent = Pick<LoadRequest, "method" | "paths" | "body">;

/** A mount of the server's own engine of stored secrets: the most that the server can do. */
export const CEILING = "kv";

/** What is measured: the request to a mount. */
export const OPERATIONS: Readonly<Record<string, (mount: string, upstream: Upstream) => Sent>> = {
  "stored creds": (mount) => ({
    method: "GET",
    paths: [mount === CEILING ? `${CEILING}/secret` : `${mount}/creds/stored`],
  }),
  "user creds": (mount) => ({ method: "GET", paths: [`${mount}/creds/user`] }),
  "role read": (mount) => ({ method: "GET", paths: [`${mount}/role/user`] }),
  "config write": (mount, { address, credentials }) => ({
    method: "PUT",
    paths: [`${mount}/config`],
    body: JSON.stringify({ address, token: credentials.token }),
  }),
};

/** The operation that the server's own engine is compared with. */
export const CEILING_OPERATION = "stored creds";

/** Enables a plugin, and writes what the operations need. */
export async function prepareMount(
  server: Server,
  mount: string,
  { address, credentials }: Upstream,
): Promise<void> {
  const { token, userId, organization } = credentials;
  await expectSuccess(server, "POST", `sys/mounts/${mount}`, { type: mount });
  await expectSuccess(server, "PUT", `${mount}/config`, { address, token });
  await expectSuccess(server, "PUT", `${mount}/role/user`, { user_id: userId, ttl: 3600 });
  await expectSuccess(server, "PUT", `${mount}/role/stored`, { organization });
}

export async function prepareCeiling(server: Server): Promise<void> {
  await expectSuccess(server, "POST", `sys/mounts/${CEILING}`, { type: "kv" });
  await expectSuccess(server, "PUT", `${CEILING}/secret`, { token: "x".repeat(90) });
}
