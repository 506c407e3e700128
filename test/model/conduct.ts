import type { CarriedRequest, SiteAnswer } from "@vault-ts/terraform-cloud/simulator";
import type { TestLease } from "@vault-ts/vault-plugin/testing";
import type { Sender } from "./clouds.ts";
import type { Asked, MountUnderTest } from "./mount-under-test.ts";
import { type Network, rootOf } from "./network.ts";
import type { VirtualTime } from "./virtual-time.ts";

type ConfigWrite = ReturnType<MountUnderTest["connections"]["begin"]>;

/**
 * How long ago a client may have left when what it wanted is begun: the last check before it takes
 * that long.
 */
const LEAVING_MS = 1000;

/** Watches what mounts do while a history runs. */
export class Conduct {
  readonly #time: VirtualTime;
  readonly #network: Network;
  readonly #violations: string[];
  /** Mounts and owners whose last creation wasn't answered. */
  readonly #unanswered = new Set<string>();

  constructor(
    time: VirtualTime,
    network: Network,
    mounts: readonly MountUnderTest[],
    violations: string[],
  ) {
    this.#time = time;
    this.#network = network;
    this.#violations = violations;
    const mountOf = ({ mount }: Sender) => mounts[mount] as MountUnderTest;
    network.onMoment = (mount) => mounts[mount]?.onMoment();
    network.onSent = (sender, request) => this.#onSent(mountOf(sender), sender, request);
    network.onActed = (sender) => {
      sender.actedAt = this.#time.now;
    };
    network.onAnswered = (sender, request, answer) =>
      this.#onAnswered(mountOf(sender), sender, request, answer);
    for (const mount of mounts) {
      mount.onRevoked = (lease) => this.#onRevoked(mount, lease);
      mount.onDiedAfterWrite = (life) => this.#onDiedAfterWrite(mount, life);
    }
  }

  /** The mount may use a token from now on; an empty one for none. */
  mayUse(mount: MountUnderTest, token: string): void {
    mount.reach.push({ token, from: this.#time.now, owners: this.#network.clouds.reachOf(token) });
  }

  /**
   * The configuration goes: what is under way may still use its token, and what comes after that
   * has none.
   */
  forgetConfig(mount: MountUnderTest, { ended }: Asked): void {
    mount.connections.forget(ended);
    // A write that is under way at the same time may come first.
    void ended.then(() => this.mayUse(mount, ""));
    mount.hasConfig = false;
    this.mayUse(mount, "");
  }

  /** Learns of a write of the configuration what has become of it. */
  follow(mount: MountUnderTest, asked: Asked, write: ConfigWrite): void {
    void asked.ended.then(() => {
      const isRefused = asked.error?.code === "bad_request";
      const outcome =
        asked.endedAt !== undefined && !asked.error ? "done" : isRefused ? "refused" : "unknown";
      mount.connections.end(write, outcome);
      if (outcome === "refused" || write.token === undefined) return;
      mount.hasConfig = true;
      this.mayUse(mount, write.token);
    });
  }

  #onSent(mount: MountUnderTest, sender: Sender, request: CarriedRequest): void {
    const owner = singleTokenOwner(request);
    sender.about = owner;
    if (request.method === "POST" && owner !== "") mount.creations.push(sender);
    const token = tokenOf(request);
    const connection = connectionOf(request);
    mount.lastSent = { token, origin: request.origin };
    if (mount.hasConfig && mount.reach.at(-1)?.token !== token) this.mayUse(mount, token);
    this.#checkWaiting(mount, request);
    if (mount.connections.isMeantFor(token, connection)) return;
    const { origin, root, caCert } = connection;
    const authority = caCert === "" ? "" : " under another authority";
    this.#violate(
      `mount ${mount.index} sent a token to ${origin}${root}${authority} that wasn't written for it`,
    );
  }

  /**
   * A change without a waiting caller isn't begun; one with an unknown outcome is reconciled.
   */
  #checkWaiting(mount: MountUnderTest, request: CarriedRequest): void {
    const owner = singleTokenOwner(request);
    if (request.method !== "POST" || owner === "") return;
    const key = `${mount.index} ${owner}`;
    const isBegun = this.#unanswered.has(key);
    this.#unanswered.add(key);
    const now = this.#time.now;
    const waits = ({ owners, endedAt, leavesAt = now }: Asked) =>
      endedAt === undefined && (owners?.has(owner) ?? true) && now <= leavesAt + LEAVING_MS;
    if (isBegun || mount.isRollingBack || mount.asked.some(waits)) return;
    this.#violate(
      `mount ${mount.index} replaces the token of ${owner} when nobody waits for it any more`,
    );
  }

  /** A token that was made over a connection is one that may be used over it. */
  #onAnswered(
    mount: MountUnderTest,
    sender: Sender,
    request: CarriedRequest,
    { document }: SiteAnswer,
  ): void {
    const owner = singleTokenOwner(request);
    const { data } = (document ?? {}) as { data?: { attributes?: { token?: string | null } } };
    const text = data?.attributes?.token;
    if (!text) return;
    sender.tokenArrivedAt = this.#time.now;
    mount.connections.issued(text, connectionOf(request));
    this.#unanswered.delete(`${mount.index} ${owner}`);
  }

  #onRevoked(mount: MountUnderTest, { id, internal }: TestLease): void {
    const { clouds } = this.#network;
    const known = clouds.byId(internal["token_id"]);
    if (known && clouds.isAlive(known)) {
      this.#violate(
        `mount ${mount.index} revoked the lease ${id}, and its token ${known.token.id} lives`,
      );
    }
  }

  #onDiedAfterWrite(mount: MountUnderTest, life: object): void {
    const held = new Set(mount.host.leases.map(({ internal }) => internal["token_id"]));
    for (const known of this.#network.clouds.known) {
      if (known.madeBy?.life === life && !held.has(known.token.id)) known.wasLostInCrash = true;
    }
  }

  #violate(what: string): void {
    if (!this.#violations.includes(what)) this.#violations.push(what);
  }
}

/** The owner, by its path, whose one token a request is about; empty for other requests. */
function singleTokenOwner({ path }: CarriedRequest): string {
  return (
    /((?:organizations|teams)\/[^/]+)\/authentication-token$/.exec(path.toLowerCase())?.[1] ?? ""
  );
}

function tokenOf({ authorization = "" }: CarriedRequest): string {
  return authorization.replace(/^Bearer /, "");
}

function connectionOf({ origin, path, caCert = "" }: CarriedRequest) {
  return { origin, root: rootOf(path), caCert };
}
