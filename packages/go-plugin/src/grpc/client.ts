import type { Channel } from "./channel.ts";
import type { CallOptions } from "./client-call.ts";
import {
  type MethodDefinition,
  methodPath,
  type RequestOf,
  type ResponseOf,
  type ServiceDefinition,
} from "./service.ts";
import { GrpcCode, GrpcError } from "./status.ts";

type UnaryMethods<D extends ServiceDefinition> = {
  [K in keyof D["methods"]]: D["methods"][K] extends { requestStream: false; responseStream: false }
    ? K
    : never;
}[keyof D["methods"]];

/** The unary methods of a service, as functions. */
export type Client<D extends ServiceDefinition> = {
  readonly [K in UnaryMethods<D>]: (
    request: RequestOf<D["methods"][K]>,
    options?: CallOptions,
  ) => Promise<ResponseOf<D["methods"][K]>>;
};

/** Creates a client for the unary methods of a service. */
export function createClient<D extends ServiceDefinition>(
  definition: D,
  channel: Channel,
): Client<D> {
  const unary = Object.entries(definition.methods).filter(
    ([, method]) => !method.requestStream && !method.responseStream,
  );
  return Object.fromEntries(
    unary.map(([name, method]) => [name, caller(definition, method, channel)]),
  ) as Client<D>;
}

function caller(definition: ServiceDefinition, method: MethodDefinition, channel: Channel) {
  const path = methodPath(definition, method);
  return async (request: unknown, options?: CallOptions): Promise<unknown> => {
    const answer = await channel.unary(path, method.requestType.encode(request).finish(), options);
    try {
      return method.responseType.decode(answer);
    } catch (error) {
      throw new GrpcError(GrpcCode.INTERNAL, `the response of ${path} is not a valid message`, {
        cause: error,
      });
    }
  };
}
