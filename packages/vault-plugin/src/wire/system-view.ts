import { type Channel, createClient } from "@vault-ts/go-plugin";
import type { SystemView } from "../system-view.ts";
import { toSeconds } from "./durations.ts";
import { decodeHostError } from "./errors.ts";
import { SystemViewDefinition } from "./gen/pb/backend.ts";

/** The bit of the replication state that a node has which serves requests but may not write. */
const PERFORMANCE_STANDBY = 1 << 14;

/** What the host tells of itself, over a brokered channel. */
export function remoteSystemView(channel: Channel): SystemView {
  const client = createClient(SystemViewDefinition, channel);
  return {
    defaultLeaseTtl: async () => toSeconds((await client.defaultLeaseTTL({})).ttl),
    maxLeaseTtl: async () => toSeconds((await client.maxLeaseTTL({})).ttl),
    isStandby: async () => ((await client.replicationState({})).state & PERFORMANCE_STANDBY) !== 0,
    isTainted: async () => (await client.tainted({})).tainted,
    cachingDisabled: async () => (await client.cachingDisabled({})).disabled,
    async hostVersion() {
      const { pluginEnvironment, err } = await client.pluginEnv({});
      if (err !== "") throw decodeHostError("system view", err);
      return pluginEnvironment?.vaultVersion ?? "";
    },
  };
}
