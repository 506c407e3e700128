import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  type ProxyAccess,
  proxyError,
  type Target,
  TUNNEL_TIMEOUT_MS,
  targetOf,
  unreachable,
} from "./proxy-access.ts";

const DEFAULT_PORT = 1080;

/**
 * Opens a tunnel through a SOCKS 5 proxy. The proxy resolves the host's name, as in Go.
 *
 * @throws TerraformCloudError `unreachable`.
 */
export async function openSocksTunnel(access: ProxyAccess, destination: Target): Promise<Socket> {
  const { proxy } = access;
  const { username, password } = proxy.url;
  const where = targetOf(proxy.url, DEFAULT_PORT);
  // Loaded on demand: a plugin starts often, and few servers have such a proxy. Before it connects,
  // since nothing would handle an error of the connection meanwhile.
  const { SocksClient } = await import("socks");
  const socket = await connectTo(where, access);
  try {
    await SocksClient.createConnection({
      proxy: {
        ...where,
        type: 5,
        ...(username && {
          userId: decodeURIComponent(username),
          password: decodeURIComponent(password),
        }),
      },
      command: "connect",
      destination: { ...destination },
      existing_socket: socket,
      timeout: TUNNEL_TIMEOUT_MS,
    });
    return socket;
  } catch (error) {
    socket.destroy();
    // Without the error as its cause, which holds the password.
    throw proxyError(
      `the proxy in ${proxy.variable} opened no connection: ${(error as Error).message}`,
    );
  }
}

async function connectTo({ host, port }: Target, { proxy, dialer }: ProxyAccess): Promise<Socket> {
  const socket = connect({ host, port, ...dialer.options });
  dialer.watch(socket);
  const signal = AbortSignal.timeout(TUNNEL_TIMEOUT_MS);
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    if (signal.aborted)
      throw proxyError(
        `the proxy in ${proxy.variable} didn't respond within ${TUNNEL_TIMEOUT_MS / 1000}s`,
      );
    throw unreachable(proxy, error);
  }
}
