import type { Channel } from "@vault-ts/go-plugin";
import { type MountStorage, type Page, pageOf, type Storage } from "../storage.ts";
import { runOnView } from "../transaction-view.ts";
import { StorageDefinition } from "./gen/pb/backend.ts";
import { createHostClient, isUnimplemented } from "./host-client.ts";

/** The mount's storage, served by the host over a brokered channel. */
export function remoteStorage(channel: Channel): MountStorage {
  const client = createHostClient("storage", StorageDefinition, channel);

  /** The storage as a transaction sees it; the empty string is no transaction. */
  const view = (txn: string): Storage => ({
    async get(key) {
      return (await client.get({ key, txn })).entry?.value;
    },
    async put(key, value) {
      await client.put({ entry: { key, value: Buffer.from(value), sealWrap: false }, txn });
    },
    async delete(key) {
      await client.delete({ key, txn });
    },
    async list(prefix, page) {
      return page
        ? await listPage(prefix, page, txn)
        : (await client.list({ prefix, txn })).keys.sort();
    },
  });

  const listPage = async (prefix: string, page: Page, txn: string): Promise<readonly string[]> => {
    try {
      const { after = "", limit = 0 } = page;
      // To a host, no limit is a negative one.
      return (
        await client.listPage({ prefix, after, limit: limit > 0 ? limit : -1, txn })
      ).keys.sort();
    } catch (error) {
      if (!isUnimplemented(error)) throw error;
      return pageOf((await client.list({ prefix, txn })).keys.sort(), page);
    }
  };

  let transactional: Promise<boolean> | undefined;
  const askTransactional = async (): Promise<boolean> => {
    try {
      return (await client.isTransactional({})).transactional;
    } catch (error) {
      if (isUnimplemented(error)) return false;
      transactional = undefined;
      throw error;
    }
  };
  const isTransactional = (): Promise<boolean> => {
    transactional ??= askTransactional();
    return transactional;
  };

  return {
    ...view(""),
    isTransactional,
    async transaction(work) {
      if (!(await isTransactional())) return await work(view(""));
      const { txn } = await client.beginTx({});
      let result: Awaited<ReturnType<typeof work>>;
      try {
        result = await runOnView(view(txn), work);
      } catch (error) {
        // The first error matters; a transaction that isn't ended here ends with its mount.
        await client.rollback({ txn }).catch(() => {});
        throw error;
      }
      await client.commit({ txn });
      return result;
    },
  };
}
