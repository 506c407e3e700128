import type { Connect } from "@vault-ts/terraform-cloud";
import {
  type CarriedRequest,
  connectInProcess,
  type SiteAnswer,
} from "@vault-ts/terraform-cloud/simulator";
import type { Clouds, Sender } from "./clouds.ts";
import { hash } from "./seeded-randomness.ts";
import { type CloudName, ROOTS } from "./seeded-world.ts";
import type { VirtualTime } from "./virtual-time.ts";

/**
 * How a request goes wrong. Nothing of it is done, or all of it with no answer or a slow one, or it
 * is done when nobody waits any more.
 */
export const FAULTS = [
  "server error",
  "forbidden",
  "proxy 404",
  "too many requests",
  "hang",
  "answer lost",
  "proxy error after",
  "hang after",
  "slow",
  "late",
] as const;
export type FaultKind = (typeof FAULTS)[number];

/** A fault for the next request that it fits, after some that it leaves alone. */
export interface ArmedFault {
  readonly kind: FaultKind;
  readonly method: "GET" | "POST" | "DELETE" | "any";
  skip: number;
}

/**
 * What the mounts' requests pass through: it delays them, breaks them, and carries some out late.
 */
export class Network {
  readonly clouds: Clouds;
  readonly faults: ArmedFault[] = [];
  /** Moments at which a fault hit a request. */
  readonly faultedAt: number[] = [];
  /** Owners whose requests get no answer, by their paths, and until when. */
  readonly hanging: { readonly owner: string; readonly from: number; until: number }[] = [];
  /** What has happened, a line each. */
  readonly log: string[] = [];
  /** Requests that are still to be carried out, though nobody waits for them. */
  late = 0;
  /** Whether requests take no time. */
  isQuick = false;
  /** Whether the history is over: what follows is for the checks alone. */
  isSettled = false;
  /**
   * See each request: when it is sent, when it is carried out in time, and when its answer arrives.
   */
  onSent: (sender: Sender, request: CarriedRequest) => void = () => {};
  onActed: (sender: Sender, request: CarriedRequest) => void = () => {};
  onAnswered: (sender: Sender, request: CarriedRequest, answer: SiteAnswer) => void = () => {};
  /** May end the sender's life. */
  onMoment: (mount: number) => void = () => {};
  readonly #time: VirtualTime;
  readonly #seed: number;
  readonly #counts = new Map<string, number>();

  constructor(time: VirtualTime, clouds: Clouds, seed: number) {
    this.#time = time;
    this.clouds = clouds;
    this.#seed = seed;
  }

  /** What connects one life of a mount's process. */
  connect(mount: number, life: { ended: boolean }): Connect {
    return connectInProcess((request) =>
      this.#carry(request, { mount, life, sentAt: 0, isLate: false }),
    );
  }

  /** A duration below `max` milliseconds: for the same seed, name and turn always the same. */
  delay(name: string, max: number): number {
    if (this.isQuick) return 0;
    const turn = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, turn);
    return hash(this.#seed, `${name}#${turn}`) % max;
  }

  /** Notes what has happened to a mount. */
  note(mount: number, what: string): void {
    if (!this.isSettled)
      this.log.push(`${(this.#time.elapsed / 1000).toFixed(3)} mount ${mount} ${what}`);
  }

  async #carry(request: CarriedRequest, from: Sender): Promise<SiteAnswer> {
    const sender = { ...from, sentAt: this.#time.now };
    const { clouds } = this;
    this.#reach(sender);
    if (sender.life.ended) return await never();
    const what = `${request.method} ${request.origin}${request.path}`;
    this.note(sender.mount, `sends ${what}`);
    this.onSent(sender, request);
    const name = clouds.nameOf(request.origin);
    if (!name) throw new Error(`getaddrinfo ENOTFOUND ${request.origin}`);
    const label = `${sender.mount} ${request.method} ${request.path}`;
    await this.#time.sleep(1 + this.delay(label, 300));
    if (this.#isHanging(name, request)) return await never();
    const fault = this.#faultOf(request.method);
    if (fault) {
      this.faultedAt.push(this.#time.now);
      this.note(sender.mount, `${fault}: ${what}`);
    }
    const answer = await this.#answer(fault, name, request, sender);
    await this.#time.sleep(this.delay(`${label} answer`, 100));
    this.#reach(sender);
    if (sender.life.ended) return await never();
    this.note(sender.mount, `gets ${answer.status} for ${what}`);
    this.onAnswered(sender, request, answer);
    return answer;
  }

  async #answer(
    fault: FaultKind | undefined,
    name: CloudName,
    request: CarriedRequest,
    sender: Sender,
  ): Promise<SiteAnswer> {
    const act = () => {
      const answer = this.clouds.act(name, request, sender);
      this.onActed(sender, request);
      this.onMoment(sender.mount);
      return answer;
    };
    switch (fault) {
      case undefined:
        return act();
      case "server error":
        return {
          status: 500,
          headers: JSON_API,
          document: { errors: [{ status: "500", title: "internal" }] },
        };
      case "forbidden":
        return {
          status: 403,
          headers: JSON_API,
          document: { errors: [{ status: "403", title: "forbidden" }] },
        };
      case "proxy 404":
        return { status: 404, headers: HTML, document: "not found" };
      case "too many requests":
        return {
          status: 429,
          headers: { ...JSON_API, "x-ratelimit-reset": "0.5" },
          document: { errors: ["x"] },
        };
      case "hang":
        return await never();
      case "answer lost":
        act();
        throw new Error("socket hang up");
      case "proxy error after":
        act();
        return { status: 502, headers: HTML, document: "bad gateway" };
      case "hang after":
        act();
        return await never();
      case "slow": {
        const answer = act();
        await this.#time.sleep(20_000);
        return answer;
      }
      case "late":
        void this.#actLate(name, request, sender);
        return await never();
    }
  }

  /** One to eleven minutes later. */
  async #actLate(name: CloudName, request: CarriedRequest, sender: Sender): Promise<void> {
    this.late += 1;
    await this.#time.sleep(60_000 + this.delay(`late ${request.method} ${request.path}`, 600_000));
    this.late -= 1;
    this.note(sender.mount, `late: ${request.method} ${request.origin}${request.path}`);
    this.clouds.act(name, request, { ...sender, isLate: true });
  }

  #reach({ mount, life }: Sender): void {
    if (!life.ended) this.onMoment(mount);
  }

  #faultOf(method: string): FaultKind | undefined {
    const index = this.faults.findIndex(
      (fault) => fault.method === "any" || fault.method === method,
    );
    const fault = this.faults[index];
    if (!fault) return undefined;
    fault.skip -= 1;
    if (fault.skip >= 0) return undefined;
    this.faults.splice(index, 1);
    return fault.kind === "late" && method === "GET" ? "hang" : fault.kind;
  }

  #isHanging(name: CloudName, { path }: CarriedRequest): boolean {
    const now = this.#time.now;
    const root = ROOTS.find((known) => path.startsWith(known)) ?? "";
    const below = path.slice(root.length).toLowerCase();
    const [, id] = /^authentication-tokens\/([^/?]+)/.exec(path.slice(root.length)) ?? [];
    const known = id === undefined ? undefined : this.clouds.byId(id);
    const owner =
      known && known.cloud === name ? `${known.token.owner.type}/${known.token.owner.id}/` : below;
    return this.hanging.some(
      (hang) => hang.from <= now && now < hang.until && owner.startsWith(`${hang.owner}/`),
    );
  }
}

const JSON_API = { "content-type": "application/vnd.api+json" };
const HTML = { "content-type": "text/html" };

export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** The base path of a request. */
export function rootOf(path: string): string {
  return ROOTS.find((root) => path.startsWith(root)) ?? path;
}
