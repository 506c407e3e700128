import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, beforeEach } from "vitest";
import { createBackend } from "../backend.ts";
import { uncommitted } from "./memory-mount.ts";

/** A configured mount, with a Terraform Cloud of its own: new ones for each test. */
export interface UsedMount {
  readonly simulator: Simulator;
  readonly host: TestHost;
  /** Whether a token is valid at Terraform Cloud. */
  isAlive(token: unknown): boolean;
  /** The answers to requests that create tokens get lost, so many times; the tokens are created. */
  loseAnswers(times?: number): void;
  /** Another mount of the same process, configured with the same token. */
  startAnother(): Promise<TestHost>;
  /** The keys of what isn't committed: WAL entries, and entries of leases that are pending. */
  uncommitted(): readonly string[];
}

export function useMount(): UsedMount {
  let mounted: { readonly simulator: Simulator; readonly host: TestHost } | undefined;
  const start = async (simulator: Simulator) => {
    const host = await startTestHost(createBackend);
    await host.write("config", { address: simulator.address, token: simulator.credentials.token });
    return host;
  };
  beforeEach(async () => {
    const simulator = await startSimulator();
    mounted = { simulator, host: await start(simulator) };
  });
  afterEach(() => mounted?.simulator.close());
  const current = () => {
    if (!mounted) throw new Error("the mount is there only while a test runs");
    return mounted;
  };
  return {
    get simulator() {
      return current().simulator;
    },
    get host() {
      return current().host;
    },
    isAlive: (token) => current().simulator.world.tokens.some(({ text }) => text === token),
    loseAnswers(times = Number.POSITIVE_INFINITY) {
      let left = times;
      current().simulator.fault = ({ method }) => {
        if (method !== "POST" || left === 0) return undefined;
        left -= 1;
        return "cut after";
      };
    },
    startAnother: () => start(current().simulator),
    uncommitted: () => uncommitted(current().host.storage),
  };
}
