import { type Agent, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { urlToHttpOptions } from "node:url";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

/** How long a proxy may take for one tunnel. */
const TIMEOUT_MS = 30_000;

/** Tunnels that are being opened at a time. An agent counts its connections when they are there, and tells a tunnel nothing of requests that are over. */
const MAX_PENDING = 100;

/** An agent's connection to a host, through whatever there is on the way. */
type Connect = Agent["createConnection"];

/**
 * Connects an agent to one host through a proxy. What the proxy answers itself is an error, and never taken for an answer of the host:
 * of all that passes it learns the host's name and port, and with HTTPS nothing else.
 *
 * @param origin `https://host`, perhaps with a port.
 * @param proxy Its address, perhaps with a user and a password.
 */
export function tunnelled(origin: string, proxy: string): Connect {
  const { protocol, hostname, port } = new URL(origin);
  const secure = protocol === "https:";
  const target = `${hostname}:${port || (secure ? 443 : 80)}`;
  let pending = 0;
  const open = async (ca: ConnectionOptions["ca"]): Promise<Socket> => {
    if (pending === MAX_PENDING)
      throw new TerraformCloudError("unreachable", `the proxy leaves ${MAX_PENDING} requests unanswered`);
    pending += 1;
    return await openTunnel(new URL(proxy), target, ca).finally(() => {
      pending -= 1;
    });
  };
  return (options, callback) => {
    const done = callback as (error: Error | null, socket?: Duplex) => void;
    const settings = options as ConnectionOptions;
    open(settings.ca).then(
      (socket) => done(null, secure ? connectTls({ ...settings, socket }) : socket),
      done,
    );
    return undefined;
  };
}

/** @throws TerraformCloudError `unreachable` if the proxy refuses, or whatever the connection to it failed with. */
function openTunnel(proxy: URL, target: string, ca: ConnectionOptions["ca"]): Promise<Socket> {
  const { auth, ...where } = urlToHttpOptions(proxy);
  const headers = {
    host: target,
    ...(auth && { "proxy-authorization": `Basic ${Buffer.from(auth).toString("base64")}` }),
  };
  const open = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = open({
      ...where,
      method: "CONNECT",
      path: target,
      headers,
      agent: false,
      ca,
      rejectUnauthorized: true,
    });
    const timer = setTimeout(() => request.destroy(new Error("the proxy doesn't answer")), TIMEOUT_MS);
    request.once("close", () => clearTimeout(timer));
    request.once("error", reject);
    request.once("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new TerraformCloudError("unreachable", `the proxy answers with HTTP status ${statusCode}`));
    });
    request.end();
  });
}
