import { f } from "@vault-ts/vault-plugin";
import { IDENTIFIER, leasedKind } from "./kind.ts";

export const user = leasedKind({
  type: "user",
  help: "a new token of a user for each request, with a lease",
  fields: {
    user_id: f.string({
      description: "ID of the user that the role issues tokens of, such as user-V3R563qtJNcExAkN.",
      ...IDENTIFIER,
    }),
  },
  needs: "user_id",
  impliedBy: "user_id",
  ownerType: "user",
  expires: true,
  showsDescription: false,
  notFoundHint: "only a token of the same user can create its tokens",
  create: (client, { id }, options) => client.userTokens.create(id, options),
  delete: (client, _owner, tokenId) => client.tokens.delete(tokenId),
  listOf: async (client, _identity, { user_id }) => ({
    key: `user/${user_id}`,
    read: () => client.userTokens.list(user_id),
  }),
  /** A user's tokens are seen with a token of the same user alone. */
  sees: async (_client, { owner }, { user_id }) => owner?.type === "user" && owner.id === user_id,
});
