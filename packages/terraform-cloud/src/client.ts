import { type AccountApi, accountApi } from "./account.ts";
import { type AgentTokensApi, agentTokensApi } from "./agent-tokens.ts";
import { type Api, type Caller, type ClientOptions, createApi } from "./api.ts";
import { auditTrailsTokensApi } from "./audit-trails-tokens.ts";
import { type MetricsTokensApi, metricsTokensApi } from "./metrics-tokens.ts";
import {
  type NamedTokensApi,
  type TeamTokensApi,
  teamTokensApi,
  userTokensApi,
} from "./named-tokens.ts";
import { type OrganizationsApi, organizationsApi } from "./organizations.ts";
import {
  organizationTokensApi,
  type SingleTokensApi,
  teamLegacyTokensApi,
} from "./single-tokens.ts";
import { type TeamsApi, teamsApi } from "./teams.ts";
import { type TokensApi, tokensApi } from "./tokens.ts";
import type { Connect } from "./transport.ts";

/**
 * The token API of HCP Terraform and Terraform Enterprise. Every call fails with a
 * `TerraformCloudError`, and with nothing else.
 */
export interface TerraformCloud {
  /**
   * Returns the same client, with its connections and rate limit, with the limits of one caller.
   */
  for(caller: Caller): TerraformCloud;
  /**
   * Returns Terraform Cloud's time in milliseconds since 1970; undefined before its first response.
   */
  serverTime(): number | undefined;
  readonly account: AccountApi;
  readonly agentTokens: AgentTokensApi;
  readonly auditTrailsTokens: SingleTokensApi;
  readonly metricsTokens: MetricsTokensApi;
  readonly organizations: OrganizationsApi;
  readonly organizationTokens: SingleTokensApi;
  readonly teamLegacyTokens: SingleTokensApi;
  readonly teams: TeamsApi;
  readonly teamTokens: TeamTokensApi;
  readonly userTokens: NamedTokensApi;
  readonly tokens: TokensApi;
}

/**
 * Creates a client for one address and one token.
 *
 * @param connect For tests: another transport than HTTP over sockets.
 * @throws TerraformCloudError `invalid_address` or `invalid_ca_cert`.
 */
export function createClient(options: ClientOptions, connect?: Connect): TerraformCloud {
  return clientOf(createApi(options, connect));
}

function clientOf(api: Api): TerraformCloud {
  return {
    for: (caller) => clientOf(api.for(caller)),
    serverTime: api.serverTime,
    account: accountApi(api),
    agentTokens: agentTokensApi(api),
    auditTrailsTokens: auditTrailsTokensApi(api),
    metricsTokens: metricsTokensApi(api),
    organizations: organizationsApi(api),
    organizationTokens: organizationTokensApi(api),
    teamLegacyTokens: teamLegacyTokensApi(api),
    teams: teamsApi(api),
    teamTokens: teamTokensApi(api),
    userTokens: userTokensApi(api),
    tokens: tokensApi(api),
  };
}
