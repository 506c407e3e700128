import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { startTestHost, type TestHost } from "@vault-ts/vault-plugin/testing";
import { afterEach, beforeEach } from "vitest";
import { createBackend } from "../backend.ts";

/** A mount that is configured, with a Terraform Cloud of its own: new ones for each test. */
export function useMount(): {
  readonly simulator: Simulator;
  readonly host: TestHost;
  /** Whether a token lives at Terraform Cloud. */
  readonly isAlive: (token: unknown) => boolean;
} {
  let mounted: { readonly simulator: Simulator; readonly host: TestHost } | undefined;
  beforeEach(async () => {
    const simulator = await startSimulator();
    const host = await startTestHost(createBackend);
    mounted = { simulator, host };
    await host.write("config", { address: simulator.address, token: simulator.credentials.token });
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
  };
}
