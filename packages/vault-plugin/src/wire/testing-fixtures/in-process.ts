import {
  type Channel,
  GrpcCode,
  GrpcError,
  type Service,
  type ServiceDefinition,
  type ServiceHandlers,
  service,
} from "@vault-ts/go-plugin";

/**
 * A channel to services of the same process: the bytes are those of the protocol, and no socket is
 * in between.
 *
 * @param metadata What each call carries.
 */
export function channelTo(
  services: readonly Service[],
  metadata: ReadonlyMap<string, string> = new Map(),
): Channel {
  const methods = new Map(services.flatMap((service) => [...service]));
  const channel: Pick<Channel, "unary" | "close"> = {
    async unary(path, message, { signal = new AbortController().signal } = {}) {
      const method = methods.get(path);
      if (!method) throw new GrpcError(GrpcCode.UNIMPLEMENTED, `there is no method ${path}`);
      const { requestType, responseType } = method.definition;
      const answer = await method.handler(requestType.decode(message), { metadata, signal });
      return responseType.encode(answer).finish();
    },
    close() {
      methods.clear();
    },
  };
  return channel as Channel;
}

/** A service of a host that has only some of its methods. */
export function partOf<D extends ServiceDefinition>(
  definition: D,
  handlers: Partial<ServiceHandlers<D>>,
): Service {
  return service(definition, handlers as ServiceHandlers<D>);
}
