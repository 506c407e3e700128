import { definePath, f, list } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { listRoles } from "../role.ts";

export const rolesPath = ({ mount }: Engine) =>
  definePath("role/?", {
    help: {
      synopsis: "Lists the roles.",
      description: "The names of all roles, sorted; or a page of them, with after and limit.",
    },
    params: {},
    fields: {
      after: f.lowerCaseString({ description: "Only names that come after this one.", query: true }),
      limit: f.int({
        description: "At most as many names; all of them by default, or if it isn't positive.",
        query: true,
      }),
    },
    operationIds: { list: "terraform-cloud-list-roles" },
    async list({ input: { after = "", limit = 0 } }) {
      const names = (await listRoles(mount.storage)).filter((name) => name > after);
      return list(limit > 0 ? names.slice(0, limit) : names);
    },
  });
