import { f, type Input, PluginError, type Redacted } from "@vault-ts/vault-plugin";
import type { Identity } from "../kinds/index.ts";
import {
  isScheduled,
  NO_SCHEDULE,
  rotationFields,
  type Schedule,
  scheduleRules,
} from "../rotation/schedule.ts";
import type { PendingConnection } from "./connection.ts";

export const DEFAULT_ADDRESS = "https://app.terraform.io";
export const DEFAULT_BASE_PATH = "/api/v2/";

/** Well below the 90 seconds after which a server gives a request up. */
const MAX_REQUEST_TIMEOUT = 60;
export const DEFAULT_REQUEST_TIMEOUT = 30;

const MIN_DRIFT_CHECK_PERIOD = 10;
export const DEFAULT_DRIFT_CHECK_PERIOD = 3600;

const settings = {
  address: f.string({
    description: `Address of HCP Terraform or Terraform Enterprise, such as https://tfe.example.com. The default is ${DEFAULT_ADDRESS}. Written without a token, it is pending and takes effect with the next token that the same client writes.`,
    default: DEFAULT_ADDRESS,
    maxLength: 2048,
  }),
  base_path: f.string({
    description: `Base path of the API, with or without slashes at its ends. The default is ${DEFAULT_BASE_PATH}. Like address, it takes effect with a token.`,
    default: DEFAULT_BASE_PATH,
    maxLength: 256,
    matches: {
      pattern: /^\/?(?:[\w.~-]+\/)*[\w.~-]*$/,
      mustBe: `a path such as ${DEFAULT_BASE_PATH}`,
    },
  }),
  ca_cert: f.string({
    description:
      "PEM-encoded certificates to trust in addition to the well-known authorities, for Terraform Enterprise with a private certificate authority. Like address, they take effect with a token.",
    maxLength: 262_144,
  }),
  request_timeout: f.durationSecond({
    description: `Time limit of a call to Terraform Cloud, from 1 to ${MAX_REQUEST_TIMEOUT} seconds. The default is ${DEFAULT_REQUEST_TIMEOUT} seconds.`,
    default: DEFAULT_REQUEST_TIMEOUT,
  }),
  explicit_max_ttl: f.durationSecond({
    description:
      "Maximum lifetime of leased tokens, whatever the role or the mount allows, and of the mount's own token when it is rotated. 0, the default, sets no limit.",
    default: 0,
  }),
  ...rotationFields,
  disable_automated_rotation: f.bool({
    description:
      "Disables the scheduled rotation of the mount's own token, whatever rotation_period and rotation_schedule say.",
    default: false,
  }),
  drift_check_period: f.durationSecond({
    description: `How often to check at Terraform Cloud whether stored tokens were replaced or deleted there. The default is 1 hour, the minimum ${MIN_DRIFT_CHECK_PERIOD} seconds. 0 disables the checks.`,
    default: DEFAULT_DRIFT_CHECK_PERIOD,
  }),
} as const;

/** What a write takes. */
export const configFields = {
  token: f.string({
    description: "API token that the mount uses to call Terraform Cloud. It is never returned.",
    sensitive: true,
    trimLineEnd: true,
    displayName: "Token",
    maxLength: 4096,
    matches: { pattern: /^[\x21-\x7e]+$/, mustBe: "a token as Terraform Cloud shows it" },
  }),
  ...settings,
  verify_connection: f.bool({
    description:
      "Whether to verify the token with Terraform Cloud before the configuration is stored.",
    default: true,
  }),
} as const;

/** What a read returns. */
export const configReturns = {
  ...settings,
  token_owner_type: f.string({
    description: "Type of the token's owner: user, team or organization.",
  }),
  owner_id: f.string({
    description: "ID of the user or team, or name of the organization.",
  }),
  token_id: f.string({ description: "ID of the token at Terraform Cloud." }),
  token_expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
  pending_address: f.string({
    description:
      "Address that was written without a token, and takes effect with the next token that the same client writes.",
  }),
  last_vault_rotation: f.time({ description: "When the mount last rotated its token." }),
  next_vault_rotation: f.time({ description: "When the next scheduled rotation is due." }),
} as const;

/** What a token can belong to that calls Terraform Cloud. */
export const ACCOUNT_TYPES = ["user", "team", "organization"] as const;

/** What Terraform Cloud told of the configured token. Empty where it didn't. */
export interface TokenDetails {
  readonly token_owner_type: "" | (typeof ACCOUNT_TYPES)[number];
  readonly owner_id: string;
  readonly token_id: string;
  /** ISO 8601. */
  readonly token_expired_at: string;
}

export const UNKNOWN_DETAILS: TokenDetails = {
  token_owner_type: "",
  owner_id: "",
  token_id: "",
  token_expired_at: "",
};

/**
 * What the mount's rotations have made of its token. Times are RFC 3339 with nanoseconds; empty
 * where there is none.
 */
export interface RotationState {
  /** Since when the mount has its token: written, or rotated. */
  readonly token_since: string;
  readonly last_vault_rotation: string;
  /** Why the rotation that is due has failed. */
  readonly rotation_error: string;
  /**
   * Whether the token was replaced, and the answer with the new one never arrived: nobody has one
   * that works.
   */
  readonly is_lost: boolean;
}

/** Of a token that was just written. */
export const NEVER_ROTATED: RotationState = {
  token_since: "",
  last_vault_rotation: "",
  rotation_error: "",
  is_lost: false,
};

/** The configuration of a mount. Durations are seconds; the empty string is "not set". */
export interface Config extends Required<Input<typeof settings>>, TokenDetails, RotationState {
  /** Absent until one is written. */
  readonly token: Redacted | undefined;
  readonly pending?: PendingConnection | undefined;
}

/** One with a token: the mount can call Terraform Cloud. */
export interface UsableConfig extends Config {
  readonly token: Redacted;
}

export const INITIAL: Config = {
  token: undefined,
  address: DEFAULT_ADDRESS,
  base_path: DEFAULT_BASE_PATH,
  ca_cert: "",
  request_timeout: DEFAULT_REQUEST_TIMEOUT,
  explicit_max_ttl: 0,
  ...NO_SCHEDULE,
  disable_automated_rotation: false,
  drift_check_period: DEFAULT_DRIFT_CHECK_PERIOD,
  ...UNKNOWN_DETAILS,
  ...NEVER_ROTATED,
};

/** Whether the mount has a token to call Terraform Cloud with. */
export function isUsable(config: Config | undefined): config is UsableConfig {
  return config?.token !== undefined;
}

/** Whether the mount calls Terraform Cloud with the same token; false without a configuration. */
export function isSameToken(current: Config | undefined, known: UsableConfig): boolean {
  return current?.token?.reveal() === known.token.reveal();
}

/** Whether nothing has changed between two reads. */
export function isSameConfig(a: Config | undefined, b: Config | undefined): boolean {
  const comparable = (config: Config | undefined) =>
    JSON.stringify({ ...config, token: config?.token?.reveal() });
  return comparable(a) === comparable(b);
}

/** Whose the configured token is, as far as is known. */
export function identityOf({ token_owner_type, owner_id, token_id }: TokenDetails): Identity {
  const owner = token_owner_type === "" ? undefined : { type: token_owner_type, id: owner_id };
  return { owner, tokenId: token_id };
}

/** Whether the mount's token is rotated by itself. */
export function isRotated(config: Schedule & Pick<Config, "disable_automated_rotation">): boolean {
  return isScheduled(config) && !config.disable_automated_rotation;
}

interface ConfigRule {
  readonly text: string;
  readonly holds: (config: Config) => boolean;
}

/** What holds for every configuration that is stored; path-help prints the sentences. */
export const configRules: readonly ConfigRule[] = [
  {
    text: `request_timeout must be from 1 to ${MAX_REQUEST_TIMEOUT} seconds`,
    holds: ({ request_timeout }) => request_timeout >= 1 && request_timeout <= MAX_REQUEST_TIMEOUT,
  },
  ...scheduleRules,
  {
    text: `drift_check_period must be at least ${MIN_DRIFT_CHECK_PERIOD} seconds, or 0`,
    holds: ({ drift_check_period }) =>
      drift_check_period === 0 || drift_check_period >= MIN_DRIFT_CHECK_PERIOD,
  },
];

/** @throws PluginError `bad_request` with the rule that is broken. */
export function checkConfig(config: Config): void {
  const broken = configRules.find((rule) => !rule.holds(config));
  if (broken) throw new PluginError("bad_request", broken.text);
}
