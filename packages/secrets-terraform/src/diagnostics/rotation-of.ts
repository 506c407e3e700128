import { nextOf } from "../rotation/stored-rotations.ts";
import type { StoredToken } from "../stored/stored-token.ts";

/** The rotations of a stored token, as its status shows them. */
export function rotationOf(stored: StoredToken, now: number) {
  const { last_vault_rotation, rotation_error } = stored;
  const next = nextOf(stored, now);
  return {
    ...(last_vault_rotation !== "" && { last_vault_rotation: new Date(last_vault_rotation) }),
    ...(next && { next_vault_rotation: new Date(next.at) }),
    ...(rotation_error !== "" && { rotation_error }),
  };
}
