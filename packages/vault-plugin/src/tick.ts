/** The host's request for periodic work, once a minute. */
export interface Tick {
  /** Aborted when the host stops waiting: after 90 seconds at the latest. */
  readonly signal: AbortSignal;
  /**
   * Whether all entries are rolled back whatever their age: the mount is being removed, or an
   * operator asked for it.
   */
  readonly immediate: boolean;
}
