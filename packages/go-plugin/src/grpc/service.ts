import type { Metadata } from "./metadata.ts";

/** The codec of a message, as ts-proto generates it. */
export interface MessageCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

export interface MethodDefinition {
  readonly name: string;
  readonly requestType: MessageCodec<unknown>;
  readonly requestStream: boolean;
  readonly responseType: MessageCodec<unknown>;
  readonly responseStream: boolean;
}

/**
 * The definition of a service, as ts-proto generates it with `outputServices=generic-definitions`.
 */
export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

/** The context of a call. */
export interface Call {
  readonly metadata: Metadata;
  /** Aborted when the client cancels, its deadline passes, or the connection is lost. */
  readonly signal: AbortSignal;
}

type Message<C> = C extends MessageCodec<infer T> ? T : never;
export type RequestOf<M extends MethodDefinition> = Message<M["requestType"]>;
export type ResponseOf<M extends MethodDefinition> = Message<M["responseType"]>;

/** The handler of a method. */
export type Handler<M extends MethodDefinition> = (
  request: M["requestStream"] extends true ? AsyncIterable<RequestOf<M>> : RequestOf<M>,
  call: Call,
) => M["responseStream"] extends true ? AsyncIterable<ResponseOf<M>> : Promise<ResponseOf<M>>;

export type ServiceHandlers<D extends ServiceDefinition> = {
  readonly [K in keyof D["methods"]]: Handler<D["methods"][K]>;
};

/** A method without its type parameters, as the server runs it. */
export interface BoundMethod {
  readonly definition: MethodDefinition;
  readonly handler: (request: unknown, call: Call) => unknown;
}

/** A service with its handlers: its methods by their path, `/package.Service/Method`. */
export type Service = ReadonlyMap<string, BoundMethod>;

/** Binds a definition to the handlers of its methods. */
export function service<D extends ServiceDefinition>(
  definition: D,
  handlers: ServiceHandlers<D>,
): Service {
  const bound = handlers as unknown as Readonly<Record<string, BoundMethod["handler"]>>;
  return new Map(
    Object.entries(definition.methods).flatMap(([key, method]) => {
      const handler = bound[key];
      return handler ? [[methodPath(definition, method), { definition: method, handler }]] : [];
    }),
  );
}

export function methodPath(definition: ServiceDefinition, method: MethodDefinition): string {
  return `/${definition.fullName}/${method.name}`;
}
