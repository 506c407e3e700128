/** The host's view of itself and of the mount. */
export interface SystemView {
  /** The default TTL of this mount's leases, in seconds. */
  defaultLeaseTtl(): Promise<number>;
  /** The maximum TTL of this mount's leases, in seconds. */
  maxLeaseTtl(): Promise<number>;
  /** True on a standby, which serves reads; writes are forwarded to the active node. */
  isStandby(): Promise<boolean>;
  /** The node's state in each kind of replication, and in its cluster. */
  replicationState(): Promise<ReplicationState>;
  /** True while the mount is being removed. */
  isTainted(): Promise<boolean>;
  /** True for a local mount, whose data isn't replicated. */
  isLocalMount(): Promise<boolean>;
  /** True if the operator has disabled caching. */
  cachingDisabled(): Promise<boolean>;
  /** True if the host locks its memory against swapping. */
  mlockEnabled(): Promise<boolean>;
  /** The host's version, such as `2.7.2`. */
  hostVersion(): Promise<string>;
  /** The host's version with its prerelease and metadata. */
  pluginEnvironment(): Promise<PluginEnvironment>;
  /** The identity that a request's `entityId` names; undefined if there is none. */
  entity(entityId: string): Promise<Entity | undefined>;
  /** The groups that an entity is in. */
  groupsOf(entityId: string): Promise<readonly Group[]>;
  /**
   * Generates a password by one of the host's password policies.
   *
   * @throws PluginError `bad_request` if the host can't generate one, for example without such a
   * policy.
   */
  passwordFromPolicy(policy: string): Promise<string>;
}

export interface ReplicationState {
  /** An active node of an OpenBao cluster is a `primary`, too, although nothing is replicated. */
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
