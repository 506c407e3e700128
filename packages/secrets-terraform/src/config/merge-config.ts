import { originOf } from "@vault-ts/terraform-cloud";
import { type Input, PluginError } from "@vault-ts/vault-plugin";
import { mergeSchedule, NO_SCHEDULE, rotationTime, writesSchedule } from "../rotation/schedule.ts";
import { fromUpstream } from "../upstream-error.ts";
import { certificatesOf } from "./ca-cert.ts";
import {
  type Config,
  checkConfig,
  type configFields,
  DEFAULT_ADDRESS,
  DEFAULT_BASE_PATH,
  INITIAL,
  isRotated,
  NEVER_ROTATED,
  type RotationState,
  type TokenDetails,
  UNKNOWN_DETAILS,
} from "./config.ts";
import {
  type Connection,
  isFor,
  isSameConnection,
  isSameWriter,
  type PendingConnection,
  pendingOf,
  type Writer,
} from "./connection.ts";

/** What a write makes of a configuration. */
export interface MergedConfig {
  readonly config: Config;
  /** Whether the token, or the connection that it is sent over, is another one than before. */
  readonly connects: boolean;
  readonly warnings: readonly string[];
}

/**
 * The configuration after a write: what wasn't sent stays, an empty string brings back the default.
 *
 * A token is bound to the connection that it was written for. So what of a connection is written
 * without a token is pending, for the same client's next token.
 *
 * @param now Milliseconds since 1970.
 * @throws PluginError `bad_request`.
 */
export function mergeConfig(
  stored: Config | undefined,
  input: Input<typeof configFields>,
  writer: Writer,
  now: number,
): MergedConfig {
  const current = stored ?? INITIAL;
  const { pending } = current;
  const token = input.token?.reveal() ? input.token : undefined;
  const isMine = pending !== undefined && isFor(pending, writer, now);
  const wanted = merged(isMine ? pending : current, input);
  const writesConnection = [input.address, input.base_path, input.ca_cert].some(
    (sent) => sent !== undefined,
  );
  const schedule = mergeSchedule(current, input);
  const disable_automated_rotation =
    input.disable_automated_rotation ?? current.disable_automated_rotation;
  const settings: Config = {
    ...current,
    request_timeout: input.request_timeout ?? current.request_timeout,
    explicit_max_ttl: input.explicit_max_ttl ?? current.explicit_max_ttl,
    ...schedule,
    disable_automated_rotation,
    // Without a schedule nothing is retried.
    rotation_error: isRotated({ ...schedule, disable_automated_rotation })
      ? current.rotation_error
      : "",
    // Of a token that an older version stored it isn't known: then from when a schedule may be
    // written.
    token_since: current.token_since || rotationTime(now),
    drift_check_period: input.drift_check_period ?? current.drift_check_period,
  };
  // A schedule that HashiCorp's engine stored may be one that can't be written here: it stays.
  checkConfig(writesSchedule(input) ? settings : { ...settings, ...NO_SCHEDULE });
  const warnings =
    pending && !isMine && (token || writesConnection) ? [dropped(pending, writer)] : [];

  if (token) {
    if (pending && !isMine && current.token === undefined && input.address === undefined) {
      throw new PluginError(
        "bad_request",
        "the configuration was not stored: the pending address was written by another client, or more than 10 minutes ago; write address and token together",
      );
    }
    const isSame = current.token?.reveal() === token.reveal() && isSameConnection(wanted, current);
    const config = {
      ...settings,
      ...wanted,
      // One that is written again has not changed, nor has the time of its rotation.
      ...(isSame ? { rotation_error: "", is_lost: false } : newToken(now)),
      token,
      pending: undefined,
    };
    return { config, connects: true, warnings };
  }
  const next = writesConnection
    ? isSameConnection(wanted, current)
      ? undefined
      : pendingOf(wanted, writer, isMine ? pending.since : now)
    : pending;
  // Another spelling of the same connection needs no token.
  const spelled = writesConnection && next === undefined ? wanted : {};
  const config = { ...settings, ...spelled, pending: next };
  return { config, connects: false, warnings };
}

function newToken(now: number): TokenDetails & RotationState {
  return { ...UNKNOWN_DETAILS, ...NEVER_ROTATED, token_since: rotationTime(now) };
}

function merged(
  { address, base_path, ca_cert }: Connection,
  input: Input<typeof configFields>,
): Connection {
  return {
    address: addressOf(input.address ?? address, address),
    base_path: (input.base_path ?? base_path) || DEFAULT_BASE_PATH,
    ca_cert: input.ca_cert === undefined ? ca_cert : certificatesOf(input.ca_cert),
  };
}

/**
 * The address that a write leaves. A new one has no path: that would have no effect, and the token
 * would go to another service of that host. HashiCorp's engine took one, which can be written
 * again.
 */
function addressOf(written: string, stored: string): string {
  if (written === "") return DEFAULT_ADDRESS;
  if (written === stored) return stored;
  try {
    originOf(written);
    return written;
  } catch (error) {
    throw fromUpstream(error);
  }
}

function dropped(pending: PendingConnection, writer: Writer): string {
  const why = isSameWriter(pending, writer)
    ? "it was written more than 10 minutes ago"
    : "another client wrote it";
  return `the pending connection to ${pending.address} was discarded: ${why}`;
}
