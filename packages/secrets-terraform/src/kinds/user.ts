import { isSameOwner } from "../owner.ts";
import type { LeasedKind } from "./kind.ts";

export const user: LeasedKind = {
  type: "user",
  help: "tokens of a user; a new one with a lease for each request",
  isLeased: true,
  needs: "user_id",
  showsDescription: false,
  notFoundHint: "only a token of the same user can create tokens of it",
  ownerOf: ({ user_id }) => ({ type: "user", id: user_id }),
  create: (client, { id }, options) => client.userTokens.create(id, options),
  listOf: async (client, _identity, { user_id }) => ({
    key: `user/${user_id}`,
    read: () => client.userTokens.list(user_id),
  }),
  /** A user's tokens are seen with a token of the same user alone. */
  sees: async (_client, { owner }, target) => isSameOwner(owner, user.ownerOf(target)),
};
