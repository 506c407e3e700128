import { deferred } from "@vault-ts/go-plugin/testing";
import type { Server } from "@vault-ts/openbao";
import type { Operation } from "@vault-ts/secrets-terraform/testing";
import type { SimulatorEvent } from "@vault-ts/terraform-cloud/simulator";
import { type Mount, newMount } from "./mount.ts";
import { mountClient } from "./mount-state.ts";

/**
 * One moment of an operation: before Terraform Cloud acts, before it answers, or when it has
 * answered.
 */
export interface Point {
  readonly operation: Operation;
  /** The how-manieth of the operation's moments. */
  readonly index: number;
  readonly moment: SimulatorEvent["moment"];
}

/** All moments of an operation, found by looking on. */
export async function pointsOf(server: Server, operation: Operation): Promise<readonly Point[]> {
  const points: Point[] = [];
  await using mount = await prepared(server, operation);
  mount.simulator.onRequest = ({ moment }) => {
    points.push({ operation, index: points.length, moment });
  };
  await operation.request(mountClient(server, mount), mount.simulator.credentials);
  return points;
}

/** An operation that has reached a moment. */
export interface Reached {
  readonly mount: Mount;
  readonly point: Point;
  /**
   * Lets Terraform Cloud go on, with nobody there any more to hear its answer.
   *
   * @returns once the request has failed, or come through.
   */
  release(): Promise<void>;
}

/**
 * Asks a new mount for an operation, and waits until it is at a moment, where Terraform Cloud holds
 * it up.
 *
 * @param victims Processes to be killed when the answer is sent, which can't be held up: they are
 * stopped before it is, so that they never see it.
 */
export async function reach(
  server: Server,
  point: Point,
  victims: readonly number[] = [],
): Promise<Reached> {
  const { operation, index } = point;
  const mount = await prepared(server, operation);
  const { simulator } = mount;
  const held = deferred<void>();
  const arrival = deferred<void>();
  let seen = -1;
  simulator.onRequest = () => {
    seen += 1;
    if (seen === index - 1) send("SIGSTOP", victims);
    if (seen !== index) return;
    simulator.onRequest = undefined;
    send("SIGKILL", victims);
    arrival.resolve();
    return held.promise;
  };
  // The server may be gone before it answers.
  const request = operation
    .request(mountClient(server, mount), simulator.credentials)
    .catch(() => {});
  await arrival.promise;
  return {
    mount,
    point,
    async release() {
      held.resolve();
      await request;
    },
  };
}

function send(signal: NodeJS.Signals, pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, signal);
}

async function prepared(server: Server, operation: Operation): Promise<Mount> {
  const mount = await newMount(server);
  await mount.configure();
  await operation.before?.(mountClient(server, mount));
  return mount;
}
