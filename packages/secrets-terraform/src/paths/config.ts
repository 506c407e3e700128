import { definePath, type Input, PluginError, reply } from "@vault-ts/vault-plugin";
import {
  type Config,
  configFields,
  configReturns,
  configRules,
  deleteConfig,
  mergeConfig,
  readConfig,
  type TokenOwner,
  UNKNOWN_OWNER,
  writeConfig,
} from "../config.ts";
import type { Engine } from "../engine.ts";
import { expiryWarning } from "../expiry-warning.ts";
import { clientOf } from "../terraform-access.ts";
import { leaveAddress } from "../tokens/carried-tokens.ts";
import { fromUpstream } from "../upstream-error.ts";

export const configPath = ({ mount: { storage, clock }, terraform }: Engine) => {
  const write = async (input: Input<typeof configFields>, signal: AbortSignal) => {
    const current = await readConfig(storage);
    const merged = mergeConfig(current, input);
    const broken = configRules.find((rule) => !rule.holds(merged));
    if (broken) throw new PluginError("bad_request", broken.text);

    const connects = CONNECTION.some((name) => merged[name] !== current?.[name]);
    const verify = connects && merged.token !== undefined && input.verify_connection !== false;
    // An address or a certificate that can't be one is told now, and not at the first call.
    if (connects && !verify) clientOf(merged);
    const unverified = merged.token === current?.token ? {} : UNKNOWN_OWNER;
    const owner = verify ? await discoverOwner(merged, signal) : unverified;
    if (current?.address !== merged.address) await leaveAddress(storage, current?.address);
    await writeConfig(storage, { ...merged, ...owner });
    const moved = current?.token && current.address !== merged.address ? [leftBehind(current.address)] : [];
    return reply({ warnings: [...warnings({ ...merged, ...owner }, clock.now()), ...moved] });
  };

  return definePath("config", {
    help: {
      synopsis: "Configures how the mount reaches Terraform Cloud, and with which token.",
      description: `
The token decides what the mount can do. The token of a user can make tokens of that user, and of the
teams and organizations that the user may manage tokens of. The token of an organization, or of its
owners team, can make tokens of its teams and of itself, but none of users.

A write changes what it names and keeps the rest. The token is checked with Terraform Cloud first; one
that is refused changes nothing. The token is stored and never shown: a read tells its owner, its id
and its expiry.

A new address without a token is kept as pending_address and takes effect with the next token: the
token that is in use is never sent to an address that it wasn't written for.`,
    },
    params: {},
    fields: configFields,
    returns: configReturns,
    rules: configRules.map(({ text }) => text),
    operationIds: {
      read: "terraform-cloud-read-configuration",
      update: "terraform-cloud-configure",
      delete: "terraform-cloud-delete-configuration",
    },
    exists: async () => (await readConfig(storage)) !== undefined,

    async read() {
      const config = await readConfig(storage);
      return config && reply({ data: shown(config), warnings: warnings(config, clock.now()) });
    },

    update: ({ input, signal }) => terraform.configuring(() => write(input, signal), signal),

    delete: ({ signal }) =>
      terraform.configuring(async () => {
        await leaveAddress(storage, (await readConfig(storage))?.address);
        await deleteConfig(storage);
      }, signal),
  });
};

/** The settings that decide where calls go, and as whom. */
const CONNECTION = ["token", "address", "base_path", "ca_cert"] as const;

/** Asks Terraform Cloud whose the token is. @throws PluginError `bad_request` if it can't be had: it is the operator's input that is tried. */
async function discoverOwner(config: Config, signal: AbortSignal): Promise<TokenOwner> {
  const client = clientOf(config);
  try {
    const { owner, tokenId } = await client.account.details(signal);
    const token = tokenId === null ? undefined : await client.tokens.read(tokenId, signal);
    return {
      token_owner_type: owner.type,
      owner_id: owner.id,
      token_id: tokenId ?? "",
      token_expired_at: token?.expiredAt?.toISOString() ?? "",
    };
  } catch (error) {
    const { message } = PluginError.from(fromUpstream(error));
    throw new PluginError(
      "bad_request",
      `the configuration was not stored, its token could not be verified: ${message}`,
      {
        cause: error,
      },
    );
  }
}

function warnings({ address, pending_address, token, token_expired_at }: Config, now: number): string[] {
  return [
    ...(token === undefined ? ["this mount has no token yet: write one to config"] : []),
    ...(pending_address !== ""
      ? [
          `${pending_address} is pending: it takes effect with the next token written; until then ${address} stays in use`,
        ]
      : []),
    ...expiryWarning("the token of this mount", token_expired_at, now, "write another to config"),
  ];
}

/** What an operator should know of tokens that were made elsewhere. */
function leftBehind(address: string): string {
  return `tokens that were made at ${address} can't be ended any more, unless this is another name of the same: they live until they expire`;
}

function shown(config: Config) {
  const { address, base_path, ca_cert, request_timeout, explicit_max_ttl } = config;
  const { token_owner_type, owner_id, token_id, token_expired_at, pending_address } = config;
  return {
    address,
    base_path,
    request_timeout,
    explicit_max_ttl,
    token_owner_type,
    owner_id,
    token_id,
    ...(ca_cert !== "" && { ca_cert }),
    ...(token_expired_at !== "" && { token_expired_at: new Date(token_expired_at) }),
    ...(pending_address !== "" && { pending_address }),
  };
}
