import { deferred } from "@vault-ts/go-plugin/testing";
import type { Server } from "@vault-ts/openbao";
import { type Operation, rootTokenFor } from "@vault-ts/secrets-terraform/testing";
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
  readonly method: string;
  readonly moment: SimulatorEvent["moment"];
}

/** All moments of an operation, found by looking on. */
export async function pointsOf(server: Server, operation: Operation): Promise<readonly Point[]> {
  const points: Point[] = [];
  await using mount = await prepared(server, operation);
  mount.simulator.onRequest = ({ method, moment }) => {
    points.push({ operation, index: points.length, method, moment });
  };
  await operation.request(mountClient(server, mount), mount.simulator.credentials);
  return points;
}

/** An operation that has reached a moment. */
export interface Reached {
  readonly mount: Mount;
  readonly point: Point;
  /**
   * Has Terraform Cloud answer, where that is the moment. A client that waits for it has to be
   * stopped by then, so as not to see it.
   *
   * @returns once the answer is sent.
   */
  answer(): Promise<void>;
  /**
   * Lets Terraform Cloud go on, with nobody there any more to hear its answer.
   *
   * @returns once the request has failed, or come through.
   */
  release(): Promise<void>;
}

/**
 * Asks a new mount for an operation, and waits until it is at a moment, where Terraform Cloud holds
 * it up: an answer, which can't be held up, just before it.
 */
export async function reach(server: Server, point: Point): Promise<Reached> {
  const { operation, index } = point;
  const isAnswer = point.moment === "answered";
  const mount = await prepared(server, operation);
  const { simulator } = mount;
  const held = deferred<void>();
  const arrival = deferred<void>();
  const answered = deferred<void>();
  let seen = -1;
  simulator.onRequest = () => {
    seen += 1;
    if (seen === index) simulator.onRequest = undefined;
    if (seen === index && isAnswer) answered.resolve();
    if (seen !== (isAnswer ? index - 1 : index)) return;
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
    async answer() {
      if (!isAnswer) return;
      held.resolve();
      await answered.promise;
    },
    async release() {
      held.resolve();
      await request;
    },
  };
}

async function prepared(server: Server, operation: Operation): Promise<Mount> {
  const mount = await newMount(server);
  const token = rootTokenFor(operation, mount.simulator);
  // Longer than it takes until all others have reached their moments too.
  await mount.configure({ token, request_timeout: 60 });
  await operation.before?.(mountClient(server, mount));
  return mount;
}
