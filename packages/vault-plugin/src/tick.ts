/** The moment, once a minute, at which the host has periodic work done. */
export interface Tick {
  /** Aborted when the host waits no longer: after 90 seconds at the latest. */
  readonly signal: AbortSignal;
  /** Whether nothing may be left for later: the mount is being removed, or an operator asked for it. */
  readonly immediate: boolean;
}
