import { startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { expect, test } from "vitest";
import { selfSigned } from "../../test/support/self-signed.ts";
import { installExecutable } from "./support/install-executable.ts";
import { type CommandOptions, newSandbox } from "./support/sandbox.ts";
import { startSandboxServer } from "./support/sandbox-server.ts";

const USER = 100;

/**
 * Nothing may be written but the server's data and log, and nothing is run from the temporary
 * folder.
 */
const READ_ONLY = `
mount --rbind "$1" "$1"
for folder in openbao var/openbao; do mount --bind "$1/$folder" "$1/$folder"; done
mount -o remount,bind,ro "$1"
mount -t tmpfs -o noexec,nosuid,mode=1777 tmpfs "$1/tmp"`;

/** The longest that has room for a socket's path, which the system limits to 107 bytes. */
const LONG = `/tmp/${"x".repeat(78)}`;

const hosts: Readonly<Record<string, CommandOptions>> = {
  "with a read-only root, another user than root, and an empty environment": {
    user: USER,
    prepare: READ_ONLY,
  },
  "with umask 077": { user: USER, prepare: "umask 077" },
  "with a TMPDIR of 83 bytes": {
    user: USER,
    env: { TMPDIR: LONG },
    prepare: `mkdir -p -m 1777 "$1${LONG}"`,
  },
};

test.each(Object.entries(hosts))("the executable runs on a host %s", async (_, options) => {
  await using sandbox = await newSandbox();
  await using simulator = await startSimulator();
  const { address, credentials } = simulator;
  await installExecutable(sandbox);
  const server = await startSandboxServer(sandbox, options);
  await server.enable();
  const { token, userId } = credentials;
  await server.request("PUT", "terraform/config", { address, token });
  await server.request("PUT", "terraform/role/a", { user_id: userId });
  expect(await server.request("GET", "terraform/creds/a")).toMatchObject({ status: 200 });
  expect(simulator.world.tokens).toHaveLength(2);
});

test("what the server's environment makes of TLS is as on Node.js", async () => {
  const tls = await selfSigned();
  await using simulator = await startSimulator({ tls });
  const { address, credentials } = simulator;
  // Another authority of the mount's own leaves the server's in force.
  const { cert: ca_cert } = await selfSigned();
  const settings = { address, token: credentials.token, ca_cert };
  const written = async (env: Readonly<Record<string, string>>) => {
    await using sandbox = await newSandbox();
    await sandbox.write("etc/ca.pem", tls.cert);
    await installExecutable(sandbox);
    const server = await startSandboxServer(sandbox, { env });
    await server.enable();
    return await server.request("PUT", "terraform/config", settings);
  };
  expect(await written({ NODE_TLS_REJECT_UNAUTHORIZED: "0" })).toMatchObject({
    status: 400,
    body: { errors: [expect.stringContaining("self signed certificate")] },
  });
  expect(await written({ NODE_EXTRA_CA_CERTS: "/etc/ca.pem" })).toMatchObject({ status: 204 });
});
