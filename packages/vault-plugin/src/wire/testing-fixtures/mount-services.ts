import { type Service, service } from "@vault-ts/go-plugin";
import type { Storage } from "../../storage.ts";
import { MemoryStorage } from "../../testing/index.ts";
import { StorageDefinition, SystemViewDefinition } from "../gen/pb/backend.ts";

const { get, put, delete: remove, list } = StorageDefinition.methods;
const { defaultLeaseTTL, maxLeaseTTL, replicationState, tainted, cachingDisabled, pluginEnv } =
  SystemViewDefinition.methods;

/** The response to a call of the storage, which has the error message. */
async function reply<T extends object>(
  work: () => Promise<T>,
  otherwise: T,
): Promise<T & { err: string }> {
  try {
    return { ...(await work()), err: "" };
  } catch (error) {
    return { ...otherwise, err: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * The services of a host for one mount: its storage, and its system view.
 *
 * @param replicationBits As the protocol numbers them.
 * @param isCachingDisabled Whether the plugin is to read the storage each time.
 */
export function mountServices(
  storage: Storage = new MemoryStorage(),
  replicationBits = 1,
  isCachingDisabled = true,
): Service[] {
  return [
    service(
      { fullName: StorageDefinition.fullName, methods: { get, put, remove, list } },
      {
        get: ({ key }) =>
          reply(
            async () => {
              const value = await storage.get(key);
              return { entry: value && { key, value: Buffer.from(value), sealWrap: false } };
            },
            { entry: undefined },
          ),
        put: ({ entry }) =>
          reply(async () => {
            if (entry) await storage.put(entry.key, entry.value);
            return {};
          }, {}),
        remove: ({ key }) =>
          reply(async () => {
            await storage.delete(key);
            return {};
          }, {}),
        list: ({ prefix }) =>
          reply(async () => ({ keys: [...(await storage.list(prefix))] }), { keys: [] }),
      },
    ),
    service(
      {
        fullName: SystemViewDefinition.fullName,
        methods: {
          defaultLeaseTTL,
          maxLeaseTTL,
          replicationState,
          tainted,
          cachingDisabled,
          pluginEnv,
        },
      },
      {
        defaultLeaseTTL: async () => ({ ttl: 60_000_000_000n }),
        maxLeaseTTL: async () => ({ ttl: 3_600_000_000_000n }),
        replicationState: async () => ({ state: replicationBits }),
        tainted: async () => ({ tainted: false }),
        cachingDisabled: async () => ({ disabled: isCachingDisabled }),
        pluginEnv: async () => ({
          pluginEnvironment: {
            vaultVersion: "2.7.2",
            vaultVersionPrerelease: "",
            vaultVersionMetadata: "",
          },
          err: "",
        }),
      },
    ),
  ];
}
