import { timingSafeEqual, X509Certificate } from "node:crypto";
import type { Server, Socket } from "node:net";
import {
  type CommonConnectionOptions,
  connect,
  createServer,
  type SecureContextOptions,
  type TLSSocket,
} from "node:tls";
import type { Identity } from "./certificate.ts";

/** Both ends of mutual TLS with a peer that has exactly one certificate, known beforehand. */
export interface PinnedTls {
  /** A server that hands over the connections of the peer, and destroys all others and tells why. */
  createServer(onConnection: (socket: Socket) => void, onRefused: (reason: string) => void): Server;
  /** Speaks TLS to the server on a connected socket; fails, with the socket destroyed, if that isn't the peer. */
  dial(socket: Socket): Promise<Socket>;
}

/** How long a peer may take for the TLS handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const NOT_THE_PEER = "the certificate is not the one that was announced";

/**
 * TLS with a pinned peer: no authority is trusted, and the peer's certificate has to be the known one, byte for byte, in both
 * directions. An empty list of authorities also spares Node from parsing all that it ships, which takes 30 to 50 ms.
 *
 * @param peerPem The peer's certificate, as in `PLUGIN_CLIENT_CERT`.
 */
export function pinnedTls(identity: Identity, peerPem: string): PinnedTls {
  const peer = new X509Certificate(peerPem).raw;
  const options: SecureContextOptions & CommonConnectionOptions = {
    key: identity.key,
    cert: identity.certificate,
    ca: [],
    minVersion: "TLSv1.2",
    // Nothing is left to the library's own verification: it is stricter below.
    rejectUnauthorized: false,
    ALPNProtocols: ["h2"],
  };

  return {
    createServer(onConnection, onRefused) {
      const server = createServer({ ...options, requestCert: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
      server.on("tlsClientError", (error) => onRefused(error.message));
      server.on("secureConnection", (socket) => {
        if (isPeer(socket, peer)) {
          onConnection(socket);
        } else {
          socket.destroy();
          onRefused(NOT_THE_PEER);
        }
      });
      return server;
    },

    dial: (raw) =>
      new Promise((resolve, reject) => {
        const socket = connect({ ...options, socket: raw, servername: "localhost" });
        socket.once("error", reject);
        socket.once("close", () => reject(new Error("the connection was closed amid the TLS handshake")));
        socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => socket.destroy());
        socket.once("secureConnect", () => {
          socket.setTimeout(0);
          if (isPeer(socket, peer)) {
            resolve(socket);
          } else {
            socket.destroy();
            reject(new Error(NOT_THE_PEER));
          }
        });
      }),
  };
}

function isPeer(socket: TLSSocket, peer: Buffer): boolean {
  const presented = socket.getPeerX509Certificate()?.raw;
  return presented !== undefined && presented.length === peer.length && timingSafeEqual(presented, peer);
}
