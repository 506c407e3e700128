import { PluginError } from "@vault-ts/vault-plugin";
import { named } from "../owner.ts";
import { isNotFound } from "../upstream-error.ts";
import type { Kind, Owner } from "./index.ts";

/** The error of a creation. "Not found" has many reasons, which only the kind knows. */
export function explainNotFound<E>(kind: Kind, owner: Owner, error: E): E | PluginError {
  if (!isNotFound(error)) return error;
  return new PluginError(
    "bad_request",
    `creating a token for ${named(owner)} failed: 404 not found; ${kind.notFoundHint}`,
    { cause: error },
  );
}
