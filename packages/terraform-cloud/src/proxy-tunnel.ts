import type { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { openHttpTunnel } from "./http-tunnel.ts";
import { type ProxyAccess, proxyError, targetOf } from "./proxy-access.ts";
import { openSocksTunnel } from "./socks-tunnel.ts";

/**
 * The limit of tunnels that are being opened at a time. An agent counts only open connections, and
 * doesn't notify a tunnel when its request has ended.
 */
const MAX_PENDING = 100;

/** Creates an agent's connection to a host. */
type Connect = Agent["createConnection"];

/**
 * Connects an agent to one host through a proxy. A response of the proxy itself is an error, never
 * a response of the host: with HTTPS, the proxy sees only the host's name and port.
 *
 * @param origin `https://host`, with an optional port.
 */
export function tunnelled(origin: string, access: ProxyAccess): Connect {
  const { proxy } = access;
  const secure = origin.startsWith("https:");
  const target = targetOf(new URL(origin), secure ? 443 : 80);
  const openTunnel = proxy.url.protocol.startsWith("socks") ? openSocksTunnel : openHttpTunnel;
  let pending = 0;
  const open = async (): Promise<Socket> => {
    if (pending === MAX_PENDING) {
      throw proxyError(
        `the proxy in ${proxy.variable} has ${MAX_PENDING} connections pending; no more are opened`,
      );
    }
    pending += 1;
    return await openTunnel(access, target).finally(() => {
      pending -= 1;
    });
  };
  return (options, callback) => {
    const done = callback as (error: Error | null, socket?: Duplex) => void;
    const settings = options as ConnectionOptions;
    open().then(
      (socket) => done(null, secure ? connectTls({ ...settings, socket }) : socket),
      done,
    );
    return undefined;
  };
}
