import type {
  IssuedToken,
  NamedTokenOptions,
  SingleTokensApi,
  TerraformCloud,
  Token,
  TtlPolicy,
} from "@vault-ts/terraform-cloud";
import type { Field } from "@vault-ts/vault-plugin";

/** Who has tokens at Terraform Cloud. */
export interface Owner {
  /** What it is, as the kinds of its tokens call it: `user`, `organization`. */
  readonly type: string;
  /**
   * The id of a user, team or agent pool; the name of an organization, in whatever spelling it was
   * written.
   */
  readonly id: string;
}

/** The fields of a role that say whose token it is for; the empty string is "not set". */
export type TargetOf<F extends string> = Readonly<Record<F, string>>;

/** What the mount knows of the token that it calls Terraform Cloud with. */
export interface Identity {
  /**
   * Undefined where Terraform Cloud doesn't say, as older releases don't for tokens of teams and
   * organizations.
   */
  readonly owner: Owner | undefined;
  /** Empty where Terraform Cloud doesn't say. */
  readonly tokenId: string;
}

/** Where tokens are listed. All owners of one list have the same key. */
export interface TokenList {
  readonly key: string;
  read(): AsyncIterable<Token>;
  /**
   * Deletes some of its tokens in one call: all, or none. Absent where the API has no such call.
   */
  deleteAll?(ids: readonly string[]): Promise<void>;
}

/** What a kind says of itself, with `F` as the fields of a role that it takes. */
interface KindOptions<F extends string> {
  /** What it is called in `credential_type`. */
  readonly type: string;
  /** What it is, in one line: for path-help. */
  readonly help: string;
  /** The fields that it takes, beside those of all roles. */
  readonly fields: { readonly [N in F]?: Field<string, false> };
  /** The field without which a role of this kind names nobody: the owner's id. */
  readonly needs: NoInfer<F>;
  /** Fields that stand for `needs` until a role is stored: by then it is found out. */
  readonly orNeeds?: readonly NoInfer<F>[];
  /** The field that means this kind where a role has no `credential_type`. */
  readonly impliedBy?: NoInfer<F>;
  /**
   * What its owners are called, in keys and messages. No two kinds of stored tokens have the same.
   */
  readonly ownerType: string;
  /** What else than absence a "not found" of a creation can mean. */
  readonly notFoundHint: string;
  /**
   * What its organization has to be entitled to, as Terraform Cloud calls it; absent for a kind
   * that every organization has.
   */
  readonly entitlement?: {
    readonly name: string;
    /** Undefined where Terraform Cloud doesn't say. */
    organizationOf(client: TerraformCloud, owner: Owner): Promise<string | undefined>;
  };
  /**
   * Whether the configured token may manage the owner's tokens: only then "not found" means that
   * one of them is gone.
   */
  sees(client: TerraformCloud, identity: Identity, target: TargetOf<NoInfer<F>>): Promise<boolean>;
}

interface LeasedOptions<F extends string> extends KindOptions<F> {
  /**
   * Whether its tokens expire at Terraform Cloud; where they don't, the lease is all that ends
   * them.
   */
  readonly expires: boolean;
  create(client: TerraformCloud, owner: Owner, options: NamedTokenOptions): Promise<IssuedToken>;
  delete(client: TerraformCloud, owner: Owner, tokenId: string): Promise<void>;
  /**
   * The list in which a token of the target would be. @throws TerraformCloudError or PluginError
   * where that can't be found out.
   */
  listOf(
    client: TerraformCloud,
    identity: Identity,
    target: TargetOf<NoInfer<F>>,
  ): Promise<TokenList>;
  /**
   * The longest that the organization's TTL policy lets the owner's tokens live, in milliseconds;
   * undefined for any length. Only for a kind whose tokens don't say that they are rejected.
   */
  longestLifetime?(client: TerraformCloud, owner: Owner): Promise<number | undefined>;
  /**
   * Whether this edition of Terraform Cloud has tokens of the kind. One without them says "not
   * found" of each. Absent for a kind that every edition has.
   */
  isSupported?(client: TerraformCloud, target: TargetOf<NoInfer<F>>): Promise<boolean>;
  /** Whether creds show the token's description and expiry, as HashiCorp's engine does. */
  readonly showsDescription: boolean;
}

interface StoredOptions<F extends string> extends KindOptions<F> {
  /**
   * What to do instead of giving such a role a description, ttl or max_ttl; absent for a kind that
   * takes and ignores them.
   */
  readonly leaseRemedy?: string;
  /** How the TTL policy of an organization calls its tokens. */
  readonly policyType: keyof TtlPolicy;
  /**
   * Whether a token that exists already can be told to be one of this kind, so that a role can be
   * written with it.
   */
  readonly isAdoptable: boolean;
  tokensOf(client: TerraformCloud): SingleTokensApi;
  /**
   * The organization whose TTL policy holds for the owner; undefined where Terraform Cloud doesn't
   * say.
   */
  organizationOf(client: TerraformCloud, owner: Owner): Promise<string | undefined>;
}

interface Owned<F extends string> {
  ownerOf(target: TargetOf<F>): Owner;
}

/** Tokens that an owner may have many of: a new one with a lease for each read of creds. */
export interface LeasedKind<F extends string> extends LeasedOptions<F>, Owned<F> {
  readonly isLeased: true;
}

/**
 * Tokens that an owner has one of, since creating one deletes the one before: stored, and returned
 * by each read of creds.
 */
export interface StoredKind<F extends string> extends StoredOptions<F>, Owned<F> {
  readonly isLeased: false;
}

export function leasedKind<F extends string>(kind: LeasedOptions<F>): LeasedKind<F> {
  return {
    ...kind,
    isLeased: true,
    ownerOf: (target) => ({ type: kind.ownerType, id: target[kind.needs] }),
  };
}

export function storedKind<F extends string>(kind: StoredOptions<F>): StoredKind<F> {
  return {
    ...kind,
    isLeased: false,
    ownerOf: (target) => ({ type: kind.ownerType, id: target[kind.needs] }),
  };
}

/** The names and ids that Terraform Cloud gives. */
export const IDENTIFIER = {
  maxLength: 128,
  matches: { pattern: /^[\w-]+$/, mustBe: "letters, digits, - and _" },
} as const;
