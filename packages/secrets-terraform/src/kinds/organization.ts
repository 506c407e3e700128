import { isNotFound } from "../upstream-error.ts";
import type { StoredKind } from "./kind.ts";

export const organization: StoredKind = {
  type: "organization",
  help: "the one token of an organization; stored, and returned until it is rotated",
  isLeased: false,
  needs: "organization",
  ownerOf: (target) => ({ type: "organization", id: target.organization }),
  tokensOf: (client) => client.organizationTokens,
  organizationOf: async (_client, { id }) => id,
  async sees(client, _identity, target) {
    try {
      return (await client.organizations.read(target.organization)).mayManageToken ?? true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  },
};
