import type { MessageCodec, ServiceDefinition } from "../grpc/service.ts";

const json = <T>(): MessageCodec<T> => ({
  encode: (message) => ({ finish: () => Buffer.from(JSON.stringify(message)) }),
  decode: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as T,
});

const unary = { requestStream: false, responseStream: false } as const;

/** A service for tests, with JSON for messages. */
export const EchoDefinition = {
  fullName: "test.Echo",
  methods: {
    /** Answers with the text, and the call's metadata under the key `tag`. */
    say: {
      name: "Say",
      requestType: json<{ text: string }>(),
      responseType: json<{ text: string; tag: string }>(),
      ...unary,
    },
    /** Fails in the way that is asked for. */
    fail: { name: "Fail", requestType: json<{ how: string }>(), responseType: json<object>(), ...unary },
    /** Answers when the call is cancelled, and counts those that were. */
    wait: { name: "Wait", requestType: json<object>(), responseType: json<object>(), ...unary },
    cancelled: {
      name: "Cancelled",
      requestType: json<object>(),
      responseType: json<{ count: number }>(),
      ...unary,
    },
    /** Calls the host's own Echo service, served under the broker id. */
    callBack: {
      name: "CallBack",
      requestType: json<{ brokerId: number; text: string }>(),
      responseType: json<{ text: string; tag: string }>(),
      ...unary,
    },
    /** Writes to standard output, as plugin authors do with console.log. */
    print: { name: "Print", requestType: json<{ text: string }>(), responseType: json<object>(), ...unary },
  },
} as const satisfies ServiceDefinition;
