import { PluginError } from "../errors.ts";
import type { Entity, Group, ReplicationState, SystemView } from "../system-view.ts";

/** The host's properties, which tests can change. */
export interface TestSystem {
  /** Seconds. */
  defaultLeaseTtl: number;
  /** Seconds. */
  maxLeaseTtl: number;
  standby: boolean;
  /** A performance secondary can change only local storage, unless the mount is local. */
  performance: ReplicationState["performance"];
  localMount: boolean;
  tainted: boolean;
  cachingDisabled: boolean;
  hostVersion: string;
  /** Such as `ent`, or empty. */
  hostMetadata: string;
  /** By their ids. */
  readonly entities: Map<string, { readonly entity: Entity; readonly groups: readonly Group[] }>;
  /** The password of each password policy, by its name. */
  readonly passwordPolicies: Map<string, () => string>;
}

export function createTestSystem(): TestSystem {
  return {
    defaultLeaseTtl: 2_764_800,
    maxLeaseTtl: 2_764_800,
    standby: false,
    performance: "disabled",
    localMount: false,
    tainted: false,
    cachingDisabled: false,
    hostVersion: "2.7.2",
    hostMetadata: "",
    entities: new Map(),
    passwordPolicies: new Map(),
  };
}

/** Returns the backend's system view of it. */
export function viewOf(system: TestSystem): SystemView {
  return {
    defaultLeaseTtl: async () => system.defaultLeaseTtl,
    maxLeaseTtl: async () => system.maxLeaseTtl,
    isStandby: async () => system.standby,
    isTainted: async () => system.tainted,
    isLocalMount: async () => system.localMount,
    cachingDisabled: async () => system.cachingDisabled,
    mlockEnabled: async () => false,
    hostVersion: async () => system.hostVersion,
    pluginEnvironment: async () => ({
      version: system.hostVersion,
      prerelease: "",
      metadata: system.hostMetadata,
    }),
    replicationState: async () => ({
      performance: system.performance,
      disasterRecovery: "disabled",
      standby: system.standby,
    }),
    entity: async (id) => system.entities.get(id)?.entity,
    groupsOf: async (id) => system.entities.get(id)?.groups ?? [],
    async passwordFromPolicy(name) {
      const password = system.passwordPolicies.get(name);
      if (!password)
        throw new PluginError(
          "bad_request",
          `the host generated no password for the policy "${name}"`,
        );
      return password();
    },
  };
}
