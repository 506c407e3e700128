import type { Server } from "@vault-ts/openbao";
import type { Operation } from "@vault-ts/secrets-terraform/testing";
import { inLanes } from "./in-lanes.ts";
import { type Mount, newMount } from "./mount.ts";
import { leasesOf, mountClient, revoke, walOf } from "./mount-state.ts";
import { WELL, type Wrong } from "./wrongs.ts";

/** Mounts that are asked at once. */
const LANES = 8;

/** A mount where something went wrong. */
export interface Provoked {
  readonly mount: Mount;
  readonly operation: Operation;
  /**
   * The status, and in words whether a token has come or gone, and whether an entry describes it.
   */
  readonly outcome: string;
}

/** Asks a new mount for an operation when something is wrong with its Terraform Cloud. */
export async function provoke(
  server: Server,
  operation: Operation,
  wrong: Wrong,
): Promise<Provoked> {
  const mount = await newMount(server, {}, "terraform", WELL.simulated);
  await mount.configure(WELL.config);
  const client = mountClient(server, mount);
  await operation.before?.(client);
  if (wrong.isEndless) await mount.write("config", { request_timeout: 10 });
  const { world, credentials } = mount.simulator;
  const ids = () => world.tokens.map(({ id }) => id).join();
  const before = ids();
  wrong.begin(mount.simulator);
  const { status } = await operation.request(client, credentials);
  const facts = [ids() !== before && "done", (await walOf(server, mount)) > 0 && "logged"];
  return { mount, operation, outcome: [status, ...facts].filter(Boolean).join(", ") };
}

/**
 * Looks at a mount where all should be well again, asks for the same again, and ends its
 * leases.
 *
 * @returns what is wrong.
 */
export async function remains(
  server: Server,
  { mount, operation }: Pick<Provoked, "mount" | "operation">,
): Promise<readonly string[]> {
  const wrongs: (string | undefined)[] = [];
  const isRevocation = operation.name === "revocation";
  // A lease whose token has ended all the same is there until it is revoked again.
  if (!isRevocation) wrongs.push(await tokensAmiss(server, mount));
  if (!isRevocation || (await leasesOf(server, `${mount.path}/creds/a`)).length > 0) {
    const { status, errors } = await operation.request(
      mountClient(server, mount),
      mount.simulator.credentials,
    );
    if (status >= 300) wrongs.push(`the same request again: ${status} ${errors.join()}`);
  }
  wrongs.push(await tokensAmiss(server, mount));
  for (const leaseId of await leasesOf(server, `${mount.path}/creds/a`)) {
    const { status, errors } = await revoke(server, leaseId);
    if (status >= 300) wrongs.push(`a lease: ${status} ${errors.join()}`);
  }
  wrongs.push(await tokensAmiss(server, mount));
  return wrongs.filter((text) => text !== undefined);
}

/**
 * What is wrong with the tokens of mounts that reconcile themselves. A revocation's lease is there
 * until it is revoked again, whose token may have gone.
 */
export async function unsettled(
  server: Server,
  provoked: readonly Pick<Provoked, "mount" | "operation">[],
): Promise<readonly string[]> {
  const settling = provoked.filter(({ operation }) => operation.name !== "revocation");
  const found = await inLanes(LANES, settling, ({ mount }) => tokensAmiss(server, mount));
  return found.filter((text) => text !== undefined);
}

/** Unless the tokens at Terraform Cloud are the operator's, the stored one, and those of leases. */
async function tokensAmiss(server: Server, mount: Mount): Promise<string | undefined> {
  const { data: role } = await mount.read("role/a");
  const isStored = /organization|team_legacy/.test(String(role["effective_credential_type"]));
  const stored = isStored ? [(await mount.read("creds/a")).data["token"]] : [];
  // Only now: the read creates a token if none is stored.
  const { tokens } = mount.simulator.world;
  if (!stored.every((token) => tokens.some(({ text }) => text === token)))
    return "the stored token is dead";
  const held = 1 + stored.length + (await leasesOf(server, `${mount.path}/creds/a`)).length;
  return tokens.length === held
    ? undefined
    : `${tokens.length} tokens are there, and ${held} are held`;
}
