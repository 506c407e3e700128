import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type ConnInfo, GRPCBrokerDefinition } from "../gen/plugin/broker.ts";
import { Channel } from "../grpc/channel.ts";
import { type Service, service } from "../grpc/service.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { addressBook } from "./address-book.ts";

/** Opens connections back to the host. */
export interface Broker {
  /**
   * Opens a channel to the host's service with the id, which reconnects when its connection is
   * lost. The host sends the address on a stream of its own, before or after.
   *
   * @throws GrpcError DEADLINE_EXCEEDED if it doesn't within 5 seconds; UNAVAILABLE if nothing
   * listens there; UNAUTHENTICATED if another process does.
   */
  dial(id: number): Promise<Channel>;
}

/** As go-plugin has it. */
const ADDRESS_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Creates the broker, and the service by which the host calls it.
 *
 * A lost connection alone is not fatal: the host's listener stays as long as its mount, and accepts
 * any number of connections, and go-plugin's own clients reconnect as well. If nothing listens any
 * more, however, no later call of that mount can succeed: a host gives a mount another address only
 * when it sets it up in another process. The plugin itself isn't the cause, since it closes the
 * channels of the mounts that the host removes, and doesn't reconnect them. Therefore the process
 * has to end, for all its mounts; a host that is busy, or refuses for another reason, only fails
 * the one call.
 *
 * @param secure Starts TLS on a connected socket, if the host uses TLS.
 * @param onHostLost Called when nothing listens any more at a channel's address.
 */
export function createBroker(
  secure: (socket: Socket) => Promise<Socket>,
  onHostLost: (cause: Error) => void,
): {
  broker: Broker;
  service: Service;
} {
  const addresses = addressBook<ConnInfo>(ADDRESS_TIMEOUT_MS);
  return {
    broker: {
      async dial(id) {
        const { network, address } = await addresses.take(id);
        const where = endpoint(network, address);
        const connectTo = async () => await secure(await open(where));
        return new Channel(await connectTo(), async () => {
          try {
            return await connectTo();
          } catch (error) {
            if (error instanceof GrpcError && nobodyListens(error.cause)) onHostLost(error);
            throw error;
          }
        });
      },
    },
    service: service(GRPCBrokerDefinition, {
      async *startStream(infos) {
        for await (const info of infos) addresses.put(info.serviceId, info);
        // The plugin serves nothing through the broker: it has no address to send.
        yield* [];
      },
    }),
  };
}

/** Where to connect to: a path, or `host:port`, with brackets around an address of IPv6. */
export function endpoint(network: string, address: string): NetConnectOpts {
  if (network === "unix") return { path: address };
  const [, ipv6, host = ipv6, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  if (network === "tcp" && host !== undefined) return { host, port: Number(port) };
  throw new GrpcError(
    GrpcCode.UNAVAILABLE,
    `the host sent an address of an unknown kind: ${network} ${address}`,
  );
}

function nobodyListens(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    "code" in cause &&
    ["ENOENT", "ECONNREFUSED"].includes(String(cause.code))
  );
}

function open(where: NetConnectOpts): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(where);
    const fail = (cause: Error) =>
      reject(
        new GrpcError(
          GrpcCode.UNAVAILABLE,
          `the host's brokered service can't be reached: ${cause.message}`,
          {
            cause,
          },
        ),
      );
    const onTimeout = () =>
      socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`));
    socket.once("error", fail);
    socket.setTimeout(CONNECT_TIMEOUT_MS, onTimeout);
    socket.once("connect", () => {
      socket.setTimeout(0, onTimeout);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
