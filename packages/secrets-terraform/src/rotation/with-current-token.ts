import { identityOf, isSameToken, type UsableConfig } from "../config/config.ts";
import type { Engine } from "../engine.ts";
import { isUnauthorized } from "../upstream-error.ts";

/** What is needed to see whether the mount's token was replaced. */
type Parts = Pick<Engine, "terraform" | "storedTokens">;

/**
 * Does the work of a request; again if Terraform Cloud refuses the token that it began with,
 * and the mount has another by now.
 */
export async function withCurrentToken<T>(parts: Parts, work: () => Promise<T>): Promise<T> {
  const before = await parts.terraform.config();
  try {
    return await work();
  } catch (error) {
    if (!before || !isUnauthorized(error) || !(await isReplaced(parts, before))) throw error;
  }
  return await work();
}

async function isReplaced(
  { terraform, storedTokens }: Parts,
  before: UsableConfig,
): Promise<boolean> {
  const { owner } = identityOf(before);
  // Where creating the new one deletes the old one, it is known a moment later.
  if (owner) await storedTokens.settled(owner);
  const current = await terraform.config();
  return current !== undefined && !isSameToken(current, before);
}
