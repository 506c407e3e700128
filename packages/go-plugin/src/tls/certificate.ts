import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import {
  bits,
  boolean,
  element,
  integer,
  octets,
  oid,
  sequence,
  set,
  tagged,
  text,
  time,
} from "./der.ts";

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const HOST = "localhost";
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** A certificate and its private key. */
export interface KeyPair {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

export interface Identity extends KeyPair {
  /** The certificate in DER. */
  readonly der: Buffer;
}

/**
 * Creates a key and a self-signed certificate, as go-plugin requires it: for `localhost`, for
 * servers and clients, and its own authority. It is valid for thirty years, as the host's own is.
 */
export function createIdentity(now: Date = new Date()): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(set(sequence(oid("2.5.4.3"), text(HOST))));
  const validity = sequence(
    time(new Date(now.getTime() - 30_000)),
    time(new Date(now.getTime() + 30 * YEAR_MS)),
  );
  const body = sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(serialNumber()),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...EXTENSIONS)),
  );
  const der = sequence(body, ECDSA_WITH_SHA256, bits(sign("sha256", body, privateKey)));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`,
    der,
  };
}

const extension = (id: string, critical: boolean, value: Uint8Array) =>
  sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));

const EXTENSIONS = [
  // Key usage: digital signature, key encipherment, key agreement, certificate signing.
  extension("2.5.29.15", true, bits(Buffer.of(0b1010_1100), 2)),
  // Extended key usage: server and client authentication.
  extension("2.5.29.37", false, sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2"))),
  // Basic constraints: an authority.
  extension("2.5.29.19", true, sequence(boolean(true))),
  // Subject alternative name.
  extension("2.5.29.17", false, sequence(element(0x82, Buffer.from(HOST)))),
];

/** Returns a positive number of 16 bytes, with 126 random bits. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}
