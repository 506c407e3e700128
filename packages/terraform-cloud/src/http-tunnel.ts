import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { urlToHttpOptions } from "node:url";
import {
  type ProxyAccess,
  proxyError,
  type Target,
  TUNNEL_TIMEOUT_MS,
  unreachable,
} from "./proxy-access.ts";

/**
 * Opens a tunnel through an HTTP proxy, with `CONNECT`.
 *
 * @throws TerraformCloudError `unreachable`.
 */
export function openHttpTunnel(access: ProxyAccess, { host, port }: Target): Promise<Socket> {
  const { proxy, dialer, secureContext } = access;
  const { auth, ...where } = urlToHttpOptions(proxy.url);
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const headers = {
    host: authority,
    ...(auth && { "proxy-authorization": `Basic ${Buffer.from(auth).toString("base64")}` }),
  };
  const secure = proxy.url.protocol === "https:";
  const agent = secure
    ? new HttpsAgent({ ...dialer.options, secureContext, rejectUnauthorized: true })
    : new HttpAgent(dialer.options);
  return new Promise((resolve, reject) => {
    const options = { ...where, method: "CONNECT", path: authority, headers, agent };
    const request = (secure ? httpsRequest : httpRequest)(options);
    request.once("socket", (socket) => dialer.watch(socket));
    const late = proxyError(
      `the proxy in ${proxy.variable} didn't respond within ${TUNNEL_TIMEOUT_MS / 1000}s`,
    );
    const timer = setTimeout(() => request.destroy(late), TUNNEL_TIMEOUT_MS);
    request.once("close", () => clearTimeout(timer));
    request.once("error", (error) => reject(unreachable(proxy, error)));
    request.once("connect", ({ statusCode }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(proxyError(`the proxy in ${proxy.variable} responded with HTTP status ${statusCode}`));
    });
    request.end();
  });
}
