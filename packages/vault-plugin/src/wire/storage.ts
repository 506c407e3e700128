import { type Channel, createClient } from "@vault-ts/go-plugin";
import type { Storage } from "../storage.ts";
import { decodeHostError } from "./errors.ts";
import { StorageDefinition } from "./gen/pb/backend.ts";

/** The mount's storage, served by the host over a brokered channel. */
export function remoteStorage(channel: Channel): Storage {
  const client = createClient(StorageDefinition, channel);
  const checked = <R extends { readonly err: string }>(reply: R): R => {
    if (reply.err !== "") throw decodeHostError("storage", reply.err);
    return reply;
  };
  return {
    async get(key) {
      return checked(await client.get({ key, txn: "" })).entry?.value;
    },
    async put(key, value) {
      checked(await client.put({ entry: { key, value: Buffer.from(value), sealWrap: false }, txn: "" }));
    },
    async delete(key) {
      checked(await client.delete({ key, txn: "" }));
    },
    async list(prefix) {
      return checked(await client.list({ prefix, txn: "" })).keys.sort();
    },
  };
}
