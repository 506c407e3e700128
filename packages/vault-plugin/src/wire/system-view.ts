import type { Channel } from "@vault-ts/go-plugin";
import { PluginError } from "../errors.ts";
import type { SystemView } from "../system-view.ts";
import { toSeconds } from "./durations.ts";
import { SystemViewDefinition } from "./gen/pb/backend.ts";
import { createHostClient } from "./host-client.ts";
import { decodeReplicationState } from "./replication-state.ts";

/** The host's system view, over a brokered channel. */
export function remoteSystemView(channel: Channel): SystemView {
  const client = createHostClient("system view", SystemViewDefinition, channel);
  const replicationState = async () =>
    decodeReplicationState((await client.replicationState({})).state);
  const pluginEnvironment = async () => {
    const { pluginEnvironment: environment } = await client.pluginEnv({});
    return {
      version: environment?.vaultVersion ?? "",
      prerelease: environment?.vaultVersionPrerelease ?? "",
      metadata: environment?.vaultVersionMetadata ?? "",
    };
  };
  return {
    defaultLeaseTtl: async () => toSeconds((await client.defaultLeaseTTL({})).ttl),
    maxLeaseTtl: async () => toSeconds((await client.maxLeaseTTL({})).ttl),
    replicationState,
    isStandby: async () => (await replicationState()).standby,
    isTainted: async () => (await client.tainted({})).tainted,
    isLocalMount: async () => (await client.localMount({})).local,
    cachingDisabled: async () => (await client.cachingDisabled({})).disabled,
    mlockEnabled: async () => (await client.mlockEnabled({})).enabled,
    pluginEnvironment,
    hostVersion: async () => (await pluginEnvironment()).version,
    entity: async (entityId) => (await client.entityInfo({ entityId })).entity,
    groupsOf: async (entityId) => (await client.groupsForEntity({ entityId })).groups,
    async passwordFromPolicy(policyName) {
      try {
        return (await client.generatePasswordFromPolicy({ policyName })).password;
      } catch (cause) {
        throw new PluginError(
          "bad_request",
          `the host generated no password for the policy "${policyName}"`,
          {
            cause,
          },
        );
      }
    },
  };
}
