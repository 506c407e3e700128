/** A plugin for tests, to be run by a host. */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, GrpcCode, GrpcError, serve, service } from "../index.ts";
import { EchoDefinition } from "./echo-service.ts";

let cancelled = 0;

void serve({
  handshake: { cookieKey: "ECHO_PLUGIN", cookieValue: "yes", protocolVersions: [5] },
  services: ({ broker, logger }) => [
    service(EchoDefinition, {
      say: async ({ text }, { metadata }) => ({ text, tag: metadata.get("tag") ?? "" }),
      async fail({ how }) {
        if (how === "status") throw new GrpcError(GrpcCode.NOT_FOUND, "no such thing: 100 %");
        if (how === "later") setTimeout(() => Promise.reject(new Error("nobody waits for this")));
        if (how === "uncaught") setTimeout(() => JSON.parse("{"));
        throw new Error("failed");
      },
      async wait(_, { signal }) {
        await sleep(60_000, undefined, { signal }).catch(() => {});
        cancelled += 1;
        return {};
      },
      cancelled: async () => ({ count: cancelled }),
      async callBack({ brokerId, text }) {
        const channel = await broker.dial(brokerId);
        try {
          return await createClient(EchoDefinition, channel).say({ text }, { timeoutMs: 2000 });
        } finally {
          channel.close();
        }
      },
      async print({ text }) {
        console.log(text);
        logger.info("printed");
        return {};
      },
    }),
  ],
});
