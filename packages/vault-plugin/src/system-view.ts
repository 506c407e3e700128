/** What the host tells of itself and of the mount. */
export interface SystemView {
  /** Seconds that a lease of this mount lasts if nothing else is said. */
  defaultLeaseTtl(): Promise<number>;
  /** Seconds that no lease of this mount can outlast. */
  maxLeaseTtl(): Promise<number>;
  /** True on a node that answers requests but may not write: what would write has to be forwarded. */
  isStandby(): Promise<boolean>;
  /** True while the mount is being removed. */
  isTainted(): Promise<boolean>;
  /** True where the operator forbids caches. */
  cachingDisabled(): Promise<boolean>;
  /** The host's version, such as `2.7.2`. */
  hostVersion(): Promise<string>;
}
