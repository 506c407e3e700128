import { connect, type NetConnectOpts, type Socket } from "node:net";
import { type ConnInfo, GRPCBrokerDefinition } from "../gen/plugin/broker.ts";
import { Channel } from "../grpc/channel.ts";
import { type Service, service } from "../grpc/service.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { addressBook } from "./address-book.ts";

/** Opens connections back to the host. */
export interface Broker {
  /**
   * A channel to what the host serves under the id, which connects anew when its connection is lost. The host tells the address on a
   * stream of its own, before or after.
   *
   * @throws GrpcError DEADLINE_EXCEEDED if it doesn't within 5 seconds; UNAVAILABLE if nobody listens there; UNAUTHENTICATED if
   * somebody else does.
   */
  dial(id: number): Promise<Channel>;
}

/** As go-plugin has it. */
const ADDRESS_TIMEOUT_MS = 5000;
const CONNECT_TIMEOUT_MS = 5000;

/**
 * The broker, and the service by which the host reaches it.
 *
 * A lost connection alone is no end: the host's listener lives as long as the mount that it serves, and takes any number of connections,
 * and go-plugin's own clients dial it again as well. Where nobody listens any more, though, no later call of that mount can succeed: a
 * host gives a mount another address only when it sets it up in another process. Nor can the plugin be at fault alone, since it closes the
 * channels of the mounts that the host takes down, and these are not dialled again. So the process has to end, for all its mounts; a host
 * that is busy, or refuses for another reason, only fails the one call.
 *
 * @param secure Puts TLS onto a connected socket, where the host speaks TLS.
 * @param onHostLost Called when nobody listens any more where a channel has been connected to.
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
        // The plugin serves nothing through the broker, and so has no address to name.
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
    `the host named an address of no known kind: ${network} ${address}`,
  );
}

function nobodyListens(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && ["ENOENT", "ECONNREFUSED"].includes(String(cause.code));
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
    const onTimeout = () => socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`));
    socket.once("error", fail);
    socket.setTimeout(CONNECT_TIMEOUT_MS, onTimeout);
    socket.once("connect", () => {
      socket.setTimeout(0, onTimeout);
      socket.off("error", fail);
      resolve(socket);
    });
  });
}
