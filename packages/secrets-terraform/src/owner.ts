/** Who has tokens at Terraform Cloud. */
export interface Owner {
  readonly type: "user" | "team" | "organization";
  /** The id of a user or team; the name of an organization, in whatever spelling it was written. */
  readonly id: string;
}

/** One that Terraform Cloud keeps a single token of, which the mount stores. */
export interface StoredOwner extends Owner {
  readonly type: "organization" | "team";
}

/**
 * One key for each owner, such as `organization/acme`. Terraform Cloud takes the name of an organization in upper and lower case; ids
 * are as they are.
 */
export function ownerKey({ type, id }: Owner): string {
  return `${type}/${type === "organization" ? id.toLowerCase() : id}`;
}

export function isSameOwner(a: Owner | undefined, b: Owner | undefined): boolean {
  return a !== undefined && b !== undefined && ownerKey(a) === ownerKey(b);
}

/** As messages name it: `organization "acme"`. */
export function named({ type, id }: Owner): string {
  return `${type} "${id}"`;
}
