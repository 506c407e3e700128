import { type AccountApi, accountApi } from "./account.ts";
import { type ClientOptions, createApi } from "./api.ts";
import { type DescribedTokensApi, teamTokensApi, userTokensApi } from "./described-tokens.ts";
import { type OrganizationsApi, organizationsApi } from "./organizations.ts";
import { organizationTokensApi, type SingletonTokensApi, teamLegacyTokensApi } from "./singleton-tokens.ts";
import { type TeamsApi, teamsApi } from "./teams.ts";
import { type TokensApi, tokensApi } from "./tokens.ts";

/** The token API of HCP Terraform and Terraform Enterprise. Every call fails with a `TerraformCloudError`, and with nothing else. */
export interface TerraformCloud {
  readonly account: AccountApi;
  readonly organizations: OrganizationsApi;
  readonly organizationTokens: SingletonTokensApi;
  readonly teamLegacyTokens: SingletonTokensApi;
  readonly teams: TeamsApi;
  readonly teamTokens: DescribedTokensApi;
  readonly userTokens: DescribedTokensApi;
  readonly tokens: TokensApi;
}

/**
 * A client for one address and one token.
 *
 * @throws TerraformCloudError `invalid_address` or `invalid_ca_cert`.
 */
export function createClient(options: ClientOptions): TerraformCloud {
  const api = createApi(options);
  return {
    account: accountApi(api),
    organizations: organizationsApi(api),
    organizationTokens: organizationTokensApi(api),
    teamLegacyTokens: teamLegacyTokensApi(api),
    teams: teamsApi(api),
    teamTokens: teamTokensApi(api),
    userTokens: userTokensApi(api),
    tokens: tokensApi(api),
  };
}
