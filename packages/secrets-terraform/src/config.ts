import { type EntryType, entryType, f, type Input, Redacted, type Storage } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { encodeDuration, storedDuration } from "./stored-duration.ts";

export const DEFAULT_ADDRESS = "https://app.terraform.io";
export const DEFAULT_BASE_PATH = "/api/v2/";

/** Well below the 90 seconds after which a server gives a request up. */
const MAX_REQUEST_TIMEOUT = 60;
const DEFAULT_REQUEST_TIMEOUT = 30;

const settings = {
  address: f.string({
    description: `The address of HCP Terraform or Terraform Enterprise, such as https://tfe.example.com. The default is ${DEFAULT_ADDRESS}. A new address takes effect with a token: without one it waits for the next token written.`,
    default: DEFAULT_ADDRESS,
    maxLength: 2048,
  }),
  base_path: f.string({
    description: `The base path of its API. The default is ${DEFAULT_BASE_PATH}.`,
    default: DEFAULT_BASE_PATH,
    maxLength: 256,
    matches: {
      pattern: /^\/(?:[\w.~-]+\/)*[\w.~-]*$/,
      takes: `a path that starts with a slash, such as ${DEFAULT_BASE_PATH}`,
    },
  }),
  ca_cert: f.string({
    description:
      "Certificates, in PEM, of the authorities to trust beside the well-known ones: for a Terraform Enterprise with a private certificate authority.",
    maxLength: 262_144,
  }),
  request_timeout: f.durationSecond({
    description: `The longest that a call to Terraform Cloud may take, from 1 to ${MAX_REQUEST_TIMEOUT} seconds. The default is ${DEFAULT_REQUEST_TIMEOUT} seconds.`,
    default: DEFAULT_REQUEST_TIMEOUT,
  }),
  explicit_max_ttl: f.durationSecond({
    description:
      "No token outlives this, whatever its role or the mount allow. 0, the default, sets no such limit.",
    default: 0,
  }),
} as const;

/** What a write takes. */
export const configFields = {
  token: f.string({
    description: "The API token that this mount calls Terraform Cloud with. It is never shown again.",
    sensitive: true,
    displayName: "Token",
    maxLength: 4096,
    matches: { pattern: /^[\x21-\x7e]+$/, takes: "a token as Terraform Cloud shows it, without spaces" },
  }),
  ...settings,
  verify_connection: f.bool({
    description:
      "Whether to ask Terraform Cloud for the token's owner before anything is stored, and to refuse a token that it doesn't know.",
    default: true,
  }),
} as const;

/** What a read returns. */
export const configReturns = {
  ...settings,
  token_owner_type: f.string({ description: "What the token belongs to: user, team or organization." }),
  owner_id: f.string({ description: "The id of the user or team, or the name of the organization." }),
  token_id: f.string({ description: "The id of the token at Terraform Cloud." }),
  token_expired_at: f.time({ description: "When the token expires at Terraform Cloud." }),
  pending_address: f.string({
    description: "An address that was written without a token, and waits for one.",
  }),
} as const;

/** What Terraform Cloud told of the configured token. Empty where it didn't. */
export interface TokenOwner {
  readonly token_owner_type: string;
  readonly owner_id: string;
  readonly token_id: string;
  /** ISO 8601. */
  readonly token_expired_at: string;
}

export const UNKNOWN_OWNER: TokenOwner = {
  token_owner_type: "",
  owner_id: "",
  token_id: "",
  token_expired_at: "",
};

/** The configuration of a mount. Durations are seconds; the empty text is "not set". */
export interface Config extends Required<Input<typeof settings>>, TokenOwner {
  /** Absent until one is written. */
  readonly token: Redacted | undefined;
  readonly pending_address: string;
}

const KEY = "config";

const text = (fallback = "") => v.optional(v.string(), fallback);

const entry: EntryType<Config> = entryType<Config>(
  v.object({
    token: v.pipe(
      text(),
      v.transform((token) => (token === "" ? undefined : new Redacted(token))),
    ),
    address: text(DEFAULT_ADDRESS),
    base_path: text(DEFAULT_BASE_PATH),
    ca_cert: text(),
    request_timeout: v.optional(storedDuration, encodeDuration(DEFAULT_REQUEST_TIMEOUT)),
    explicit_max_ttl: storedDuration,
    token_owner_type: text(),
    owner_id: text(),
    token_id: text(),
    token_expired_at: text(),
    pending_address: text(),
  }),
  (config) => ({
    ...config,
    request_timeout: encodeDuration(config.request_timeout),
    explicit_max_ttl: encodeDuration(config.explicit_max_ttl),
  }),
);

export function readConfig(storage: Storage): Promise<Config | undefined> {
  return entry.get(storage, KEY);
}

export function writeConfig(storage: Storage, config: Config): Promise<void> {
  return entry.put(storage, KEY, config);
}

export function deleteConfig(storage: Storage): Promise<void> {
  return storage.delete(KEY);
}

/** What holds for every configuration that is stored; path-help prints the sentences. */
export const configRules: readonly { readonly text: string; readonly holds: (config: Config) => boolean }[] =
  [
    {
      text: `request_timeout takes 1 to ${MAX_REQUEST_TIMEOUT} seconds`,
      holds: ({ request_timeout }) => request_timeout >= 1 && request_timeout <= MAX_REQUEST_TIMEOUT,
    },
  ];

const INITIAL: Config = {
  token: undefined,
  address: DEFAULT_ADDRESS,
  base_path: DEFAULT_BASE_PATH,
  ca_cert: "",
  request_timeout: DEFAULT_REQUEST_TIMEOUT,
  explicit_max_ttl: 0,
  pending_address: "",
  ...UNKNOWN_OWNER,
};

/**
 * The configuration after a write: what wasn't sent stays, an empty text brings back the default.
 *
 * No token is ever sent to an address that it wasn't written for: an address that comes without a token waits for one.
 */
export function mergeConfig(current: Config = INITIAL, input: Input<typeof configFields>): Config {
  const address = input.address === "" ? DEFAULT_ADDRESS : input.address;
  const wanted = address ?? (current.pending_address || current.address);
  const written = input.token?.reveal() ? input.token : undefined;
  const mayMove = written !== undefined || current.token === undefined;
  return {
    ...current,
    token: written ?? current.token,
    address: mayMove ? wanted : current.address,
    pending_address: mayMove || wanted === current.address ? "" : wanted,
    base_path: (input.base_path ?? current.base_path) || DEFAULT_BASE_PATH,
    ca_cert: input.ca_cert ?? current.ca_cert,
    request_timeout: input.request_timeout ?? current.request_timeout,
    explicit_max_ttl: input.explicit_max_ttl ?? current.explicit_max_ttl,
  };
}
