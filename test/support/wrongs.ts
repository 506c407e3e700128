import { FAULTS, type Simulator } from "@vault-ts/terraform-cloud/simulator";
import { selfSigned } from "./self-signed.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const tls = await selfSigned();
const otherTls = await selfSigned();

/**
 * How the simulator is started, and the configuration for it, when nothing is wrong: with an
 * authority of its own.
 */
export const WELL = {
  simulated: { tls },
  config: { ca_cert: tls.cert, request_timeout: 60 },
} as const;

/** Something that can be wrong with Terraform Cloud. */
export interface Wrong {
  begin(simulator: Simulator): void;
  /** Whether a request then lasts until its mount gives it up. */
  readonly isEndless: boolean;
}

/** Faults without an answer, or without its end. */
const ENDLESS: readonly string[] = ["hang", "hang after", "slow body"];

/** What can be wrong with Terraform Cloud for all requests alike. */
const CONDITIONS: Readonly<Record<string, Wrong["begin"]>> = {
  "a certificate of another authority": (simulator) => simulator.useCertificate(otherTls),
  "an old Terraform Enterprise": (simulator) => {
    simulator.edition = "old-enterprise";
  },
  "tokens that never expire": ({ world }) => {
    world.defaultLifetimeMs = null;
  },
  "a policy of a quarter of an hour for tokens": ({ world }) => {
    const types = ["organizations", "teams", "metrics", "audit-trails"] as const;
    world.ttlPolicy = Object.fromEntries(types.map((type) => [type, 15 * MINUTE_MS]));
  },
  "a clock an hour ahead": ({ world }) => {
    world.clockOffsetMs = HOUR_MS;
  },
  "a clock an hour behind": ({ world }) => {
    world.clockOffsetMs = -HOUR_MS;
  },
};

/**
 * All that can be wrong, in the words of the tables of what is expected: by the heading of the
 * table, and then of the row.
 */
export const WRONGS: Readonly<Record<string, Readonly<Record<string, Wrong>>>> = {
  "fault of a change": faultsOf((method) => method !== "GET"),
  "fault of a read": faultsOf((method) => method === "GET"),
  "fault of a deletion": faultsOf((method) => method === "DELETE"),
  condition: Object.fromEntries(
    Object.entries(CONDITIONS).map(([name, begin]) => [name, { begin, isEndless: false }]),
  ),
};

/** All is well again. */
export function repair(simulator: Simulator): void {
  simulator.fault = undefined;
  simulator.edition = "hcp";
  simulator.useCertificate(tls);
  simulator.world.ttlPolicy = {};
  simulator.world.clockOffsetMs = 0;
}

function faultsOf(hits: (method: string) => boolean): Readonly<Record<string, Wrong>> {
  return Object.fromEntries(
    FAULTS.map((fault): [string, Wrong] => [
      fault,
      {
        begin(simulator) {
          simulator.fault = ({ method }) => (hits(method) ? fault : undefined);
        },
        isEndless: ENDLESS.includes(fault),
      },
    ]),
  );
}
