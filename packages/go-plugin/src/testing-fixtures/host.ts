/** A host that starts a plugin, says where it is, connects to it if it is asked to, and waits to be killed. */
import { connect } from "node:http2";
import { connect as connectSocket } from "node:net";
import { openCall } from "./raw-call.ts";
import { startPlugin } from "./start-plugin.ts";

const plugin = startPlugin({});
const [, , , path = ""] = await plugin.line;
if (process.argv.includes("--connect")) {
  const session = connect("http://localhost", { createConnection: () => connectSocket(path) });
  await new Promise((resolve) => session.once("connect", resolve));
  openCall(session, "/plugin.GRPCBroker/StartStream");
}
console.log(JSON.stringify({ pid: plugin.process.pid, path }));
