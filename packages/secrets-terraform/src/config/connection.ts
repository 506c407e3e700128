import { rootOf } from "@vault-ts/terraform-cloud";
import type { Request } from "@vault-ts/vault-plugin";

/**
 * Where calls to Terraform Cloud go, and whose certificate is trusted there: a token is bound to
 * all of it.
 */
export interface Connection {
  readonly address: string;
  readonly base_path: string;
  /** PEM; empty for none beside the well-known authorities. */
  readonly ca_cert: string;
}

/** The writer of config: the request's client token, and its entity. */
export type Writer = Pick<Request, "clientTokenAccessor" | "entityId">;

/** A connection that was written without a token: it is used once the same client writes one. */
export interface PendingConnection extends Connection {
  /** When its first part was written, in milliseconds since 1970. */
  readonly since: number;
  readonly accessor: string;
  readonly entity: string;
}

/** How long a pending connection waits for its token, in milliseconds. */
const PENDING_MS = 10 * 60 * 1000;

export function pendingOf(connection: Connection, writer: Writer, now: number): PendingConnection {
  const { address, base_path, ca_cert } = connection;
  const { clientTokenAccessor: accessor, entityId: entity } = writer;
  return { address, base_path, ca_cert, since: now, accessor, entity };
}

/** Whether a token that the client writes now is meant for the pending connection. */
export function isFor(pending: PendingConnection, writer: Writer, now: number): boolean {
  const ageMs = now - pending.since;
  return ageMs >= 0 && ageMs <= PENDING_MS && isSameWriter(pending, writer);
}

export function isSameWriter({ accessor, entity }: PendingConnection, writer: Writer): boolean {
  return (
    (accessor !== "" && accessor === writer.clientTokenAccessor) ||
    (entity !== "" && entity === writer.entityId)
  );
}

/** Whether two connections reach the same API with the same trust, however they are spelled. */
export function isSameConnection(a: Connection, b: Connection): boolean {
  return (
    isSameAddress(a.address, b.address) &&
    rootOf(a.base_path) === rootOf(b.base_path) &&
    a.ca_cert.trim() === b.ca_cert.trim()
  );
}

/**
 * Whether two addresses are of one origin: `HTTPS://TFE.example.com:443/` is
 * `https://tfe.example.com`.
 */
export function isSameAddress(a: string, b: string): boolean {
  return a === b || originOrSelf(a) === originOrSelf(b);
}

/** An address without its path, which has no effect; what isn't a URL is returned as it is. */
function originOrSelf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : address;
}
