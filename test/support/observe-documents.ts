import type { Server } from "@vault-ts/openbao";
import { formOfHelp, withoutProse } from "./document-form.ts";
import { newMount } from "./mount.ts";

/** An engine's documents without their prose, which differs. */
export interface Documents {
  /** The form of the help of the mount, and of a path of each kind. */
  readonly help: Readonly<Record<string, string>>;
  /** Paths and components of the OpenAPI document that comes with the help of the mount. */
  readonly openapi: unknown;
  /** The mount's paths in the OpenAPI document of the whole server. */
  readonly serverPaths: Readonly<Record<string, unknown>>;
}

const HELP_PATHS = ["", "config", "role/one", "role/", "creds/one", "rotate-role/one"];

export async function observeDocuments(server: Server, type: string): Promise<Documents> {
  await using mount = await newMount(server, {}, type);
  const helps = await Promise.all(
    HELP_PATHS.map((path) => helpOf(server, `${mount.path}/${path}`)),
  );
  const { body } = await server.request("GET", "sys/internal/specs/openapi");
  const { paths } = body as { paths: Readonly<Record<string, unknown>> };
  const prefix = `/${mount.path}/`;
  const own = Object.entries(paths).filter(([path]) => path.startsWith(prefix));
  const root = helps[0]?.openapi;
  return {
    help: Object.fromEntries(
      HELP_PATHS.map((path, index) => [path, formOfHelp(helps[index]?.help ?? "")]),
    ),
    openapi: withoutProse({ paths: root?.paths, components: root?.components }),
    serverPaths: Object.fromEntries(
      own.map(([path, item]) => [path.slice(prefix.length - 1), withoutProse(item)]),
    ),
  };
}

interface Help {
  readonly help: string;
  readonly openapi: { readonly paths: unknown; readonly components: unknown };
}

async function helpOf(server: Server, path: string): Promise<Help> {
  return (await server.request("GET", `${path}?help=1`)).body as Help;
}
