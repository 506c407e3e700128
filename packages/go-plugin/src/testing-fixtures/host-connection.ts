import { connect } from "node:http2";
import { Channel } from "../grpc/channel.ts";
import type { Service } from "../grpc/service.ts";
import { announcer, type BrokeredServer, serveBrokered } from "./brokered-server.ts";
import { connectToPlugin, type HostSideTls } from "./plugin-connection.ts";
import { frame, openCall, readAnswer } from "./raw-call.ts";

/** A host's connection to its plugin: calls to it, and the host's own services. */
export interface HostConnection {
  readonly channel: Channel;
  /**
   * A unary call with metadata of its own: the bytes of a message, and those of its answer.
   *
   * @throws Error with another status than OK.
   */
  call(
    path: string,
    message: Uint8Array,
    metadata: Readonly<Record<string, string>>,
  ): Promise<Uint8Array>;
  /** Serves on a local port, and sends the plugin its number. */
  serve(serviceId: number, services: readonly Service[]): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws Error of node:tls if either side rejects the other's certificate. */
export async function connectHost(path: string, tls?: HostSideTls): Promise<HostConnection> {
  const [forCalls, forBroker] = [
    await connectToPlugin(path, tls),
    await connectToPlugin(path, tls),
  ];
  const channel = new Channel(forCalls);
  const session = connect("http://localhost", { createConnection: () => forBroker });
  session.on("error", () => {});
  const { announce } = announcer(session);
  const served: BrokeredServer[] = [];
  return {
    channel,
    async call(path, message, metadata) {
      const stream = openCall(session, path, metadata);
      stream.end(frame(message));
      const { status, message: reason, body } = await readAnswer(stream);
      if (status !== "0") throw new Error(`status ${status}: ${reason}`);
      return body.subarray(frame(Buffer.alloc(0)).length);
    },
    async serve(serviceId, services) {
      const server = await serveBrokered(services, { host: "127.0.0.1", port: 0 }, tls);
      served.push(server);
      announce(serviceId, server);
    },
    async [Symbol.asyncDispose]() {
      channel.close();
      session.destroy();
      for (const server of served) await server[Symbol.asyncDispose]();
    },
  };
}
