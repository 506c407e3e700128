export type { Account, AccountApi } from "./account.ts";
export type { ClientOptions } from "./api.ts";
export { createClient, type TerraformCloud } from "./client.ts";
export type { SingletonTokensApi } from "./singleton-tokens.ts";
export type { TeamTokensApi } from "./team-tokens.ts";
export { TerraformCloudError, type TerraformCloudErrorCode } from "./terraform-cloud-error.ts";
export type { DescribedTokenOptions, IssuedToken, Token, TokenOptions } from "./token.ts";
export type { TokensApi } from "./tokens.ts";
export type { UserTokensApi } from "./user-tokens.ts";
