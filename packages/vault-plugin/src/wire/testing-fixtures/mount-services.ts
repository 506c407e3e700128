import { type Service, service } from "@vault-ts/go-plugin";
import { StorageDefinition, SystemViewDefinition } from "../gen/pb/backend.ts";

const { get, put, delete: remove, list } = StorageDefinition.methods;
const { defaultLeaseTTL, maxLeaseTTL, replicationState, tainted, cachingDisabled, pluginEnv } =
  SystemViewDefinition.methods;

/**
 * What a host serves for one mount: its entries, in memory, and what it tells of itself.
 *
 * @param replicationBits As the protocol numbers them.
 */
export function mountServices(replicationBits = 1): Service[] {
  const entries = new Map<string, Buffer>();
  return [
    service(
      { fullName: StorageDefinition.fullName, methods: { get, put, remove, list } },
      {
        get: async ({ key }) => {
          const value = entries.get(key);
          return { entry: value && { key, value, sealWrap: false }, err: "" };
        },
        async put({ entry }) {
          if (entry?.key === "note/full") return { err: "disk full" };
          if (entry) entries.set(entry.key, entry.value);
          return { err: "" };
        },
        async remove({ key }) {
          entries.delete(key);
          return { err: "" };
        },
        list: async ({ prefix }) => ({
          keys: [...entries.keys()].map((key) => key.slice(prefix.length)),
          err: "",
        }),
      },
    ),
    service(
      {
        fullName: SystemViewDefinition.fullName,
        methods: { defaultLeaseTTL, maxLeaseTTL, replicationState, tainted, cachingDisabled, pluginEnv },
      },
      {
        defaultLeaseTTL: async () => ({ ttl: 60_000_000_000n }),
        maxLeaseTTL: async () => ({ ttl: 3_600_000_000_000n }),
        replicationState: async () => ({ state: replicationBits }),
        tainted: async () => ({ tainted: false }),
        cachingDisabled: async () => ({ disabled: true }),
        pluginEnv: async () => ({
          pluginEnvironment: { vaultVersion: "2.7.2", vaultVersionPrerelease: "", vaultVersionMetadata: "" },
          err: "",
        }),
      },
    ),
  ];
}
