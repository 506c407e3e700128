import { randomBytes } from "node:crypto";

/**
 * Marks each token that the mount makes: by it a token at Terraform Cloud is found again, and told
 * from all others.
 */
export function newTag(mountUuid: string): string {
  return `${tagPrefix(mountUuid)}${randomBytes(8).toString("hex")}`;
}

/**
 * What the tags of all tokens of the mount begin with, and those of no other mount. Clusters that
 * replicate a mount share it.
 */
export function tagPrefix(mountUuid: string): string {
  return `vault-${mountUuid.slice(0, 8)}-`;
}

/** The operator's text and the tag. */
export function taggedDescription(text: string, tag: string): string {
  return text === "" ? tag : `${text} ${tag}`;
}

/** The tag of a description; undefined if it has none. */
export function tagOf(description: string): string | undefined {
  return /(?:^| )(vault-[^ ]{1,8}-[\da-f]{16})$/.exec(description)?.[1];
}
