import type {
  DescribedTokenOptions,
  IssuedToken,
  SingletonTokensApi,
  TerraformCloud,
  Token,
} from "@vault-ts/terraform-cloud";
import type { Owner, StoredOwner } from "../owner.ts";

/** The fields of a role that say whose token it is for; the empty string is "not set". */
export interface Target {
  readonly organization: string;
  readonly team_id: string;
  readonly user_id: string;
}

/** What the mount knows of the token that it calls Terraform Cloud with. */
export interface Identity {
  /** Undefined where Terraform Cloud doesn't say, as older releases don't for tokens of teams and organizations. */
  readonly owner: Owner | undefined;
  /** Empty where Terraform Cloud doesn't say. */
  readonly tokenId: string;
}

/** Where tokens are listed. All owners of one list have the same key. */
export interface TokenList {
  readonly key: string;
  read(): AsyncIterable<Token>;
}

/** What all kinds have. */
interface KindOptions {
  /** What it is called in `credential_type`. */
  readonly type: string;
  /** What it is, in one line: for path-help. */
  readonly help: string;
  /** The field without which a role of this kind names nobody. */
  readonly needs: keyof Target;
  /** Whether the configured token may manage the owner's tokens: only then "not found" means that one of them is gone. */
  sees(client: TerraformCloud, identity: Identity, target: Target): Promise<boolean>;
}

/** Tokens that an owner may have many of: a new one with a lease for each read of creds. */
export interface LeasedKind extends KindOptions {
  readonly isLeased: true;
  ownerOf(target: Target): Owner;
  create(client: TerraformCloud, owner: Owner, options: DescribedTokenOptions): Promise<IssuedToken>;
  /** The list in which a token of the target would be. @throws TerraformCloudError or PluginError where that can't be found out. */
  listOf(client: TerraformCloud, identity: Identity, target: Target): Promise<TokenList>;
  /** Whether creds show the token's description and expiry, as HashiCorp's engine does. */
  readonly showsDescription: boolean;
  /** What else than absence a "not found" of a creation can mean. */
  readonly notFoundHint: string;
}

/** Tokens that an owner has one of, since creating one deletes the one before: stored, and returned by each read of creds. */
export interface StoredKind extends KindOptions {
  readonly isLeased: false;
  ownerOf(target: Target): StoredOwner;
  tokensOf(client: TerraformCloud): SingletonTokensApi;
  /** The organization whose TTL policy holds for the owner; undefined where Terraform Cloud doesn't say. */
  organizationOf(client: TerraformCloud, owner: Owner): Promise<string | undefined>;
}
