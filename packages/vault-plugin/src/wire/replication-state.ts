import type { ReplicationState } from "../system-view.ts";

/** The bits of the protocol. */
const BIT = {
  performancePrimary: 1 << 5,
  performanceSecondary: 1 << 6,
  drPrimary: 1 << 8,
  drSecondary: 1 << 9,
  performanceBootstrapping: 1 << 10,
  drBootstrapping: 1 << 11,
  performanceDisabled: 1 << 12,
  drDisabled: 1 << 13,
  performanceStandby: 1 << 14,
} as const;

/** A node's part in replication. */
export function decodeReplicationState(state: number): ReplicationState {
  const has = (bit: keyof typeof BIT): boolean => (state & BIT[bit]) !== 0;
  const role = (kind: "performance" | "dr") => {
    if (has(`${kind}Secondary`)) return "secondary";
    if (has(`${kind}Primary`)) return "primary";
    if (has(`${kind}Bootstrapping`)) return "bootstrapping";
    return has(`${kind}Disabled`) ? "disabled" : "unknown";
  };
  return {
    performance: role("performance"),
    disasterRecovery: role("dr"),
    standby: has("performanceStandby"),
  };
}
