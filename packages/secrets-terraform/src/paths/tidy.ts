import { definePath, f, reply, withDefaults } from "@vault-ts/vault-plugin";
import { withDeadline } from "../caller.ts";
import { tidy } from "../diagnostics/tidy.ts";
import type { Engine } from "../engine.ts";
import { ownerKey } from "../owner.ts";

const tidyFields = {
  dry_run: f.bool({
    description: "Whether to list orphaned tokens without deleting them.",
    default: true,
  }),
  min_age: f.durationSecond({
    description: "Minimum age of the tokens that are found. 0 finds tokens of any age.",
    default: 3600,
  }),
} as const;

export const tidyPath = (engine: Engine) =>
  definePath("tidy", {
    help: {
      synopsis:
        "Finds and deletes orphaned tokens: those that the mount issued and that have no lease and no role.",
      description: `
Restoring a snapshot, or revoking leases with -force, leaves orphaned tokens. They are found by this
mount's tag in their descriptions, among the tokens of the owners that roles and leases name;
searched in the response lists these owners. Tokens are deleted only with dry_run=false.`,
    },
    params: {},
    fields: tidyFields,
    operationIds: { update: "terraform-cloud-tidy" },
    update: ({ input, signal }) =>
      withDeadline(
        { signal },
        async (caller) => {
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
        },
        engine.terraform,
      ),
  });
