import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type ConnInfo, GRPCBrokerDefinition } from "../gen/plugin/broker.ts";
import { Channel } from "../grpc/channel.ts";
import { type Service, service } from "../grpc/service.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";

/** Opens connections back to the host. */
export interface Broker {
  /**
   * A channel to what the host serves under the id. The host tells the address on a stream of its own, before or after.
   *
   * @throws GrpcError DEADLINE_EXCEEDED if it doesn't within 5 seconds; UNAVAILABLE if nobody listens there, or somebody else.
   */
  dial(id: number): Promise<Channel>;
}

/** As go-plugin has it. */
const ADDRESS_TIMEOUT_MS = 5000;

interface Announcement {
  readonly promise: Promise<ConnInfo>;
  readonly resolve: (info: ConnInfo) => void;
}

/**
 * The broker, and the service by which the host reaches it.
 *
 * @param secure Puts TLS onto a connected socket, where the host speaks TLS.
 */
export function createBroker(secure: (socket: Socket) => Promise<Socket>): {
  broker: Broker;
  service: Service;
} {
  const announcements = new Map<number, Announcement>();

  const announcementOf = (id: number): Announcement => {
    const known = announcements.get(id);
    if (known) return known;
    let resolve: (info: ConnInfo) => void = () => {};
    const promise = new Promise<ConnInfo>((settle) => {
      resolve = settle;
    });
    const announcement = { promise, resolve };
    announcements.set(id, announcement);
    return announcement;
  };

  return {
    broker: {
      async dial(id) {
        try {
          const { network, address } = await withTimeout(announcementOf(id).promise, id);
          return new Channel(await secure(await open(network, address)));
        } catch (error) {
          if (error instanceof GrpcError) throw error;
          throw new GrpcError(GrpcCode.UNAVAILABLE, "the host's brokered service can't be reached", {
            cause: error,
          });
        } finally {
          announcements.delete(id);
        }
      },
    },
    service: service(GRPCBrokerDefinition, {
      async *startStream(infos) {
        for await (const info of infos) announcementOf(info.serviceId).resolve(info);
        // The plugin serves nothing through the broker, and so has no address to name.
        yield* [];
      },
    }),
  };
}

async function withTimeout(info: Promise<ConnInfo>, id: number): Promise<ConnInfo> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GrpcError(GrpcCode.DEADLINE_EXCEEDED, `the host named no address for service ${id}`)),
      ADDRESS_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([info, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function open(network: string, address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(endpoint(network, address));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function endpoint(network: string, address: string): NetConnectOpts {
  if (network === "unix") return { path: address };
  const [, host = "", port = ""] = /^\[?([^\]]*)\]?:(\d+)$/.exec(address) ?? [];
  if (network === "tcp" && port !== "") return { host, port: Number(port) };
  throw new GrpcError(GrpcCode.UNAVAILABLE, `the host named an address of the unknown kind "${network}"`);
}
