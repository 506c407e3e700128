import { definePath, f, reply, requireActiveNode, withDefaults } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import type { Engine } from "../engine.ts";
import { tidy } from "../knowing/tidy.ts";
import { ownerKey } from "../owner.ts";

const tidyFields = {
  dry_run: f.bool({ description: "Whether tokens are found, and none is deleted.", default: true }),
  min_age: f.durationSecond({
    description: "How old a token must be to be found. 0 is any age.",
    default: 3600,
  }),
} as const;

export const tidyPath = (engine: Engine) =>
  definePath("tidy", {
    help: {
      synopsis: "Finds tokens that the mount has issued and that nothing holds, and deletes them.",
      description: `
Such tokens are left by a snapshot that was restored, and by leases that were revoked with force. They are looked for among the
tokens of the owners that roles and leases name, by the tag in their descriptions, which is this mount's alone: the answer says
which owners these were. Without dry_run=false nothing is deleted.`,
    },
    params: {},
    fields: tidyFields,
    operationIds: { update: "terraform-cloud-tidy" },
    update: ({ input, signal }) =>
      withDeadline(signal, async (caller) => {
        await requireActiveNode(engine.mount);
        const { dry_run = true, min_age = 0 } = withDefaults(tidyFields, input);
        const options = { dryRun: dry_run, minAge: min_age };
        const { orphans, deleted, failed, searched, warnings } = await tidy(
          engine,
          options,
          caller,
        );
        const tokens = orphans.map(({ token, kind, owner }) => ({
          id: token.id,
          kind,
          owner: ownerKey(owner),
          description: token.description,
          created_at: token.createdAt,
        }));
        const data = {
          found: tokens.length,
          deleted,
          failed,
          tokens,
          searched: searched.map(ownerKey).sort(),
        };
        return reply({ data, warnings });
      }),
  });
