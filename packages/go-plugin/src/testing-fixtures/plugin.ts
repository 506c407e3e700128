/** A plugin whose behaviour tests control: the message of a call is the command. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Channel } from "../grpc/channel.ts";
import { createClient } from "../grpc/client.ts";
import { service } from "../grpc/service.ts";
import { serve } from "../serve.ts";
import { EchoDefinition, echo, textOf } from "./echo-definition.ts";

void serve({
  handshake: { cookieKey: "TEST_PLUGIN", cookieValue: "hello", protocolVersions: [3, 4, 5] },
  services({ broker, logger }) {
    if (process.env["FAIL_TO_START"]) throw new Error("no services today");
    const run = async (command: string, signal: AbortSignal): Promise<string> => {
      switch (command) {
        case "log":
          logger.named("part").info("a message", { role: "ci" });
          return "";
        case "log much after console.error":
          console.error("printed");
          return await run("log much", signal);
        case "log much":
          // A pipe's buffer several times.
          for (let line = 0; line < 300; line += 1)
            logger.info(`${line}`, { pad: "x".repeat(6000) });
          return "";
        case "print":
          console.log("printed");
          return "";
        case "throw":
          setImmediate(() => {
            throw new Error("thrown by nobody's call");
          });
          return "";
        case "reject":
          void Promise.reject(new Error("rejected in nobody's call"));
          return "";
        case "take a while":
          logger.info("waiting");
          await sleep(300);
          return "done";
        case "wait":
          logger.info("waiting");
          await once(signal, "abort");
          logger.info("aborted", { code: signal.reason.code });
          throw signal.reason;
        default:
          return command.startsWith("forward ") ? await forward(command.slice(8)) : `${command}!`;
      }
    };
    let channel: Channel | undefined;
    const forward = async (text: string): Promise<string> => {
      channel ??= await broker.dial(7);
      return textOf(await createClient(EchoDefinition, channel).unary(echo(text)));
    };
    return [
      service(EchoDefinition, {
        unary: async (request, { signal }) => echo(await run(textOf(request), signal)),
        async *serverStream() {},
        async *bidi(requests) {
          for await (const request of requests) yield echo(`${textOf(request)}!`);
        },
      }),
    ];
  },
  async sharedKeyPair(env) {
    const { SHARED_KEY: key, SHARED_CERTIFICATE: certificate } = env;
    if (key === "stray") {
      setImmediate(() => {
        throw new Error("thrown too early");
      });
      await new Promise(() => {});
    }
    if (key === "none") throw new Error("no certificate today");
    return key && certificate ? { key, certificate } : undefined;
  },
});
