import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { KeyPair } from "../tls/certificate.ts";

/** Both certificates of mutual TLS, as a host has them. */
export interface HostSideTls {
  readonly host: KeyPair;
  /** The plugin's certificate, in PEM. */
  readonly plugin: string;
}

/** Connects to the socket of a plugin as a host does, and trusts only its certificate. */
export async function connectToPlugin(path: string, tls?: HostSideTls): Promise<Socket> {
  if (!tls) {
    const socket = connect(path);
    await once(socket, "connect");
    return socket;
  }
  const socket = connectTls({
    path,
    ca: tls.plugin,
    cert: tls.host.certificate,
    key: tls.host.key,
    // The name in the certificate is irrelevant: the certificate itself is compared.
    checkServerIdentity: () => undefined,
    ALPNProtocols: ["h2"],
  });
  await once(socket, "secureConnect");
  return socket;
}

/** The certificate in a handshake's line, in PEM. */
export function certificateOfLine(base64: string): string {
  const padded = Buffer.from(base64, "base64").toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${padded}\n-----END CERTIFICATE-----\n`;
}
