/** What the host tells of itself and of the mount. */
export interface SystemView {
  /** Seconds that a lease of this mount lasts if nothing else is said. */
  defaultLeaseTtl(): Promise<number>;
  /** Seconds that no lease of this mount can outlast. */
  maxLeaseTtl(): Promise<number>;
  /** True on a node that answers requests but may not write: what would write has to be forwarded. */
  isStandby(): Promise<boolean>;
  /** What the node is in each kind of replication between clusters, and in its own. */
  replicationState(): Promise<ReplicationState>;
  /** True while the mount is being removed. */
  isTainted(): Promise<boolean>;
  /** True for a mount whose data stays in this cluster, where others are replicated. */
  isLocalMount(): Promise<boolean>;
  /** True where the operator forbids caches. */
  cachingDisabled(): Promise<boolean>;
  /** True where the host keeps its memory from being swapped. */
  mlockEnabled(): Promise<boolean>;
  /** The host's version, such as `2.7.2`. */
  hostVersion(): Promise<string>;
  /** The same, with what may come after it. */
  pluginEnvironment(): Promise<PluginEnvironment>;
  /** The identity that a request's `entityId` names; undefined if there is none. */
  entity(entityId: string): Promise<Entity | undefined>;
  /** The groups that an entity is in. */
  groupsOf(entityId: string): Promise<readonly Group[]>;
  /**
   * A password as a policy of the host wants it.
   *
   * @throws PluginError `bad_request` if the host can't make one, for want of the policy or otherwise: it doesn't say.
   */
  passwordFromPolicy(policy: string): Promise<string>;
}

export interface ReplicationState {
  readonly performance: "disabled" | "primary" | "secondary" | "bootstrapping" | "unknown";
  readonly disasterRecovery: "disabled" | "primary" | "secondary" | "bootstrapping" | "unknown";
  /** As `isStandby`. */
  readonly standby: boolean;
}

export interface PluginEnvironment {
  readonly version: string;
  /** Such as `rc1`, or empty. */
  readonly prerelease: string;
  /** Such as `ent`, or empty. */
  readonly metadata: string;
}

export interface Entity {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly metadata: ReadonlyMap<string, string>;
  readonly aliases: readonly Alias[];
  readonly namespaceId: string;
}

export interface Alias {
  readonly id: string;
  readonly name: string;
  readonly mountType: string;
  readonly mountAccessor: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly customMetadata: ReadonlyMap<string, string>;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly namespaceId: string;
}
