import type { Server } from "@vault-ts/openbao";
import { type Operation, rootTokenFor } from "@vault-ts/secrets-terraform/testing";
import { inLanes } from "./in-lanes.ts";
import { type Mount, newMount } from "./mount.ts";
import { leasesOf, mountClient, revoke, walOf } from "./mount-state.ts";
import { WELL, type Wrong } from "./wrongs.ts";

/** Mounts that are asked at once. */
const LANES = 8;

/** A mount where something went wrong. */
export interface Provoked extends Settling {
  /**
   * The status, and in words whether a token has come or gone, and whether an entry describes it.
   */
  readonly outcome: string;
}

/** A new mount, in the state that is before an operation. */
export async function prepare(server: Server, operation: Operation): Promise<Mount> {
  const mount = await newMount(server, {}, "terraform", WELL.simulated);
  await mount.configure({ ...WELL.config, token: rootTokenFor(operation, mount.simulator) });
  await operation.before?.(mountClient(server, mount));
  return mount;
}

/** Asks a mount for an operation when something is wrong with its Terraform Cloud. */
export async function provoke(
  server: Server,
  mount: Mount,
  operation: Operation,
  wrong: Wrong,
): Promise<Provoked> {
  if (wrong.isEndless) await mount.write("config", { request_timeout: 10 });
  const { world, credentials } = mount.simulator;
  const ids = () => world.tokens.map(({ id }) => id).join();
  const before = ids();
  wrong.begin(mount.simulator);
  const { status } = await operation.request(mountClient(server, mount), credentials);
  const isDone = ids() !== before;
  const facts = [isDone && "done", (await walOf(server, mount)) > 0 && "logged"];
  const outcome = [status, ...facts].filter(Boolean).join(", ");
  return { mount, operation, outcome, mayLoseRoot: isDone };
}

/**
 * Looks at a mount where all should be well again, asks for the same again, and ends its
 * leases.
 *
 * @returns what is wrong.
 */
export async function remains(
  server: Server,
  { mount, operation }: Settling,
): Promise<readonly string[]> {
  const wrongs: (string | undefined)[] = [];
  // A lease whose token has ended all the same is there until it is revoked again.
  const isThere = async () => (await leasesOf(server, `${mount.path}/creds/a`)).length > 0;
  if (!operation.endsLease || (await isThere())) {
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
  const { data: check } = await mount.read("check");
  if (check["ok"] !== true) wrongs.push(`the mount's token: ${JSON.stringify(check)}`);
  return wrongs.filter((text) => text !== undefined);
}

/** A mount that reconciles itself, after an operation of it was interrupted. */
export interface Settling {
  readonly mount: Mount;
  readonly operation: Operation;
  /** Whether the mount's own token may be lost, if its owner has but one. */
  readonly mayLoseRoot: boolean;
}

/**
 * What is wrong with the tokens of mounts that reconcile themselves. A revocation's lease is there
 * until it is revoked again, whose token may have gone. A mount that has lost its own token, and
 * may have, is given another one.
 */
export async function unsettled(
  server: Server,
  provoked: readonly Settling[],
): Promise<readonly string[]> {
  const settling = provoked.filter(({ operation }) => !operation.endsLease);
  const found = await inLanes(LANES, settling, async (one) => {
    const wrong = (await giveIfLost(one))
      ? "the mount's token was lost"
      : await tokensAmiss(server, one.mount);
    return wrong === undefined ? [] : [`${one.operation.name}: ${wrong}`];
  });
  return found.flat();
}

/** Does what a mount says whose own token is lost. @returns whether it is. */
async function giveIfLost({ mount, operation, mayLoseRoot }: Settling): Promise<boolean> {
  if (!mayLoseRoot || !operation.root?.isSingle) return false;
  const { warnings } = await mount.read("config");
  if (!warnings.join().includes("is no longer valid")) return false;
  await mount.write("config", { token: operation.root.grant(mount.simulator).text });
  return true;
}

/**
 * Unless the tokens at Terraform Cloud are the operator's, the mount's own, the stored one, and
 * those of leases.
 */
async function tokensAmiss(server: Server, mount: Mount): Promise<string | undefined> {
  const leases = await leasesOf(server, `${mount.path}/creds/a`);
  const { data: config } = await mount.read("config");
  const { data: status } = await mount.read("status/a");
  const stored = status["stored"] === true ? [(await mount.read("creds/a")).data["token_id"]] : [];
  // Only now: the read creates a token if none is stored.
  const { simulator } = mount;
  const there: readonly unknown[] = simulator.world.tokens.map(({ id }) => id);
  const operator = simulator.world.tokens.find(({ text }) => text === simulator.credentials.token);
  // The id of the mount's own is empty where an old Terraform Enterprise didn't tell it.
  const own = config["token_id"] || operator?.id;
  const held = new Set([operator?.id, own, ...stored]);
  const dead = [...held].filter((id) => !there.includes(id));
  if (dead.length > 0) return `${dead.length} tokens are held, and dead`;
  const expected = held.size + leases.length;
  return there.length === expected
    ? undefined
    : `${there.length} tokens are there, and ${expected} are held`;
}
