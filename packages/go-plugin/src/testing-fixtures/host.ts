/**
 * A host that starts a plugin, proceeds to the stage of its argument, prints the plugin's address,
 * and waits to be killed.
 */
import { once } from "node:events";
import { connect } from "node:http2";
import { service } from "../grpc/service.ts";
import { announcer, serveBrokered } from "./brokered-server.ts";
import { deferred } from "./deferred.ts";
import { EchoDefinition, echo } from "./echo-definition.ts";
import { connectToPlugin } from "./plugin-connection.ts";
import { frame, openCall } from "./raw-call.ts";
import { startPlugin } from "./start-plugin.ts";

const stage = process.argv[2];
const plugin = startPlugin({});
if (stage === "started") tell("");
const [, , , path = ""] = await plugin.line;
if (stage === "line") tell(path);

const socket = await connectToPlugin(path);
const session = connect("http://localhost", { createConnection: () => socket });
await once(session, "connect");
const { announce } = announcer(session);
if (stage === "connected") tell(path);

function call(command: string): void {
  openCall(session, "/test.Echo/Unary").end(
    frame(EchoDefinition.methods.unary.requestType.encode(echo(command)).finish()),
  );
}

if (stage === "call") {
  call("wait");
  // The plugin says so once it waits: the pipe holds nothing else.
  while (!plugin.stderr().includes("waiting")) await once(plugin.process.stderr, "data");
  tell(path);
}

if (stage === "brokered call") {
  const { promise: called, resolve } = deferred<void>();
  const never = service(EchoDefinition, {
    unary: () => {
      resolve();
      return new Promise(() => {});
    },
    async *serverStream() {},
    async *bidi() {},
  });
  announce(7, await serveBrokered([never], { host: "127.0.0.1", port: 0 }));
  call("forward hi");
  await called;
  tell(path);
}

function tell(path: string): void {
  console.log(JSON.stringify({ pid: plugin.process.pid, path }));
}
