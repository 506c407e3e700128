import type { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { openHttpTunnel } from "./http-tunnel.ts";
import { type ProxyAccess, proxyError, targetOf } from "./proxy-access.ts";
import { openSocksTunnel } from "./socks-tunnel.ts";

/** Tunnels that are being opened at a time. An agent counts its connections when they are there, and tells a tunnel nothing of requests that are over. */
const MAX_PENDING = 100;

/** An agent's connection to a host, through whatever there is on the way. */
type Connect = Agent["createConnection"];

/**
 * Connects an agent to one host through a proxy. What the proxy answers itself is an error, and never taken for an answer of the host:
 * of all that passes it learns the host's name and port, and with HTTPS nothing else.
 *
 * @param origin `https://host`, perhaps with a port.
 */
export function tunnelled(origin: string, access: ProxyAccess): Connect {
  const { proxy } = access;
  const secure = origin.startsWith("https:");
  const target = targetOf(new URL(origin), secure ? 443 : 80);
  const openTunnel = proxy.url.protocol.startsWith("socks") ? openSocksTunnel : openHttpTunnel;
  let pending = 0;
  const open = async (): Promise<Socket> => {
    if (pending === MAX_PENDING) {
      throw proxyError(`the proxy of ${proxy.variable} leaves ${MAX_PENDING} requests unanswered`);
    }
    pending += 1;
    return await openTunnel(access, target).finally(() => {
      pending -= 1;
    });
  };
  return (options, callback) => {
    const done = callback as (error: Error | null, socket?: Duplex) => void;
    const settings = options as ConnectionOptions;
    open().then((socket) => done(null, secure ? connectTls({ ...settings, socket }) : socket), done);
    return undefined;
  };
}
