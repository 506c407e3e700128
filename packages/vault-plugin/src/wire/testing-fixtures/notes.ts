/**
 * A plugin with something of all that a host drives: storage, the system view, errors of each kind,
 * and the ends of a mount.
 */
import type { Backend } from "../../backend.ts";
import { PluginError } from "../../errors.ts";
import { f } from "../../fields/field.ts";
import type { Mount } from "../../mount.ts";
import { definePath } from "../../path.ts";
import { list } from "../../reply.ts";
import { servePlugin } from "../serve-plugin.ts";

function createBackend({ storage, system, logger, uuid }: Mount): Backend {
  if (uuid === "no-backend") throw new PluginError("internal", "no backend today");
  const note = definePath("note/:name", {
    help: { synopsis: "A note.", description: "A note." },
    params: { name: f.string({ description: "Its name." }) },
    fields: { text: f.string({ description: "What it says.", maxLength: 20 }) },
    exists: async ({ params }) => (await storage.get(`note/${params.name}`)) !== undefined,
    async read({ params }) {
      const stored = await storage.get(`note/${params.name}`);
      return stored && { text: Buffer.from(stored).toString() };
    },
    async update({ params, input }) {
      if (input.text === "forbidden") throw new PluginError("permission_denied", "not that");
      await storage.put(`note/${params.name}`, Buffer.from(input.text ?? ""));
    },
    async delete({ params }) {
      await storage.delete(`note/${params.name}`);
    },
  });
  const notes = definePath("notes/?", {
    help: { synopsis: "The notes.", description: "The notes." },
    params: {},
    list: async () => list([...(await storage.list("note/"))]),
  });
  const host = definePath("host", {
    help: { synopsis: "The host.", description: "The host." },
    params: {},
    read: async () => ({
      default_ttl: await system.defaultLeaseTtl(),
      max_ttl: await system.maxLeaseTtl(),
      standby: await system.isStandby(),
      tainted: await system.isTainted(),
      uncached: await system.cachingDisabled(),
      version: await system.hostVersion(),
    }),
  });
  const bug = definePath("bug", {
    help: { synopsis: "A bug.", description: "A bug." },
    params: {},
    read: () => {
      throw new TypeError("x is no function");
    },
  });
  return {
    help: "Notes.",
    paths: [note, notes, host, bug],
    specialPaths: { unauthenticated: ["note/public"], sealWrapStorage: ["note/"] },
    async initialize() {
      if (uuid === "no-start") throw new PluginError("internal", "no start today");
    },
    async cleanup() {
      throw new Error("no cleanup today");
    },
    invalidate: (key) => logger.info("invalidated", { key }),
  };
}

void servePlugin({ version: "v1.2.3", backend: createBackend });
