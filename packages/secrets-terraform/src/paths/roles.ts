import { definePath, list } from "@vault-ts/vault-plugin";
import type { Engine } from "../engine.ts";
import { listRoles } from "../role.ts";

export const rolesPath = ({ mount }: Engine) =>
  definePath("role/?", {
    help: { synopsis: "Lists the roles.", description: "The names of all roles, sorted." },
    params: {},
    operationIds: { list: "terraform-cloud-list-roles" },
    list: async () => list(await listRoles(mount.storage)),
  });
