import { defineWal, type TypedWal } from "@vault-ts/vault-plugin";
import * as v from "valibot";
import { NOBODY } from "../kinds/index.ts";
import type { LeaseEntries } from "./lease-entry.ts";

const plannedToken = v.object({
  type: v.picklist(["user", "team"]),
  id: v.string(),
  organization: v.string(),
  tag: v.string(),
  expired_at: v.string(),
  address: v.optional(v.string(), ""),
});

export type PlannedToken = v.InferOutput<typeof plannedToken>;

/** Tokens that version 0.1.0 was about to create: their entries become those of pending leases. */
export function oldLeaseWal(entries: LeaseEntries): TypedWal<PlannedToken> {
  return defineWal({
    kind: "leased_token",
    data: plannedToken,
    minAge: 0,
    localWrites: true,
    async rollback({ data: { type, id, organization, tag, expired_at, address }, createdAt }) {
      const target = {
        ...NOBODY,
        organization,
        ...(type === "team" ? { team_id: id } : { user_id: id }),
      };
      await entries.adopt(tag, { kind: type, ...target, expired_at, address }, createdAt.getTime());
      return "done";
    },
  });
}
