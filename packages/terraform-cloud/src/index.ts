export type { Account, AccountApi } from "./account.ts";
export type { ClientOptions } from "./api.ts";
export { createClient, type TerraformCloud } from "./client.ts";
export type { DescribedTokensApi } from "./described-tokens.ts";
export type { SingletonTokensApi } from "./singleton-tokens.ts";
export type { Team, TeamsApi } from "./teams.ts";
export { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";
export type { DescribedTokenOptions, IssuedToken, Token, TokenOptions } from "./token.ts";
export type { TokensApi } from "./tokens.ts";
