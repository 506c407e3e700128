import { KINDS, type Kind, type Owner } from "./kinds/index.ts";

export type { Owner } from "./kinds/index.ts";

/**
 * One that Terraform Cloud keeps a single token of, which the mount stores. An organization is
 * another one for each kind of such a token.
 */
export type StoredOwner = Owner;

/** Owners that go by the name of an organization, and not by an id. */
const BY_NAME: ReadonlySet<string> = new Set(
  Object.values<Kind>(KINDS)
    .filter(({ needs }) => needs === "organization")
    .map(({ ownerType }) => ownerType),
);

/**
 * One key for each owner, such as `organization/acme`. Terraform Cloud takes the name of an
 * organization in upper and lower case; ids are as they are.
 */
export function ownerKey({ type, id }: Owner): string {
  return `${type}/${BY_NAME.has(type) ? id.toLowerCase() : id}`;
}

export function isSameOwner(a: Owner | undefined, b: Owner | undefined): boolean {
  return a !== undefined && b !== undefined && ownerKey(a) === ownerKey(b);
}

/** As messages name it: `organization "acme"`. */
export function named({ type, id }: Owner): string {
  return `${type.replaceAll("_", " ")} "${id}"`;
}
