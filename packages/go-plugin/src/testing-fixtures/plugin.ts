/** A plugin that does as it is told: the text of a call is the command. */
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "../grpc/client.ts";
import { service } from "../grpc/service.ts";
import { serve } from "../serve.ts";
import { EchoDefinition, echo, textOf } from "./echo-definition.ts";

void serve({
  handshake: { cookieKey: "TEST_PLUGIN", cookieValue: "hello", protocolVersions: [4, 5] },
  services({ broker, logger }) {
    if (process.env["FAIL_TO_START"]) throw new Error("no services today");
    const run = async (command: string): Promise<string> => {
      switch (command) {
        case "log":
          logger.named("part").info("a message", { role: "ci" });
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
          await sleep(300);
          return "done";
        case "call back": {
          const channel = await broker.dial(7);
          return textOf(await createClient(EchoDefinition, channel).unary(echo("from the plugin")));
        }
        default:
          return `${command}!`;
      }
    };
    return [
      service(EchoDefinition, {
        unary: async (request) => echo(await run(textOf(request))),
        async *serverStream() {},
        async *bidi() {},
      }),
    ];
  },
});
