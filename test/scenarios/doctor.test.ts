import { appendFile, chmod, copyFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PLUGIN_FILE } from "@vault-ts/dev";
import { afterAll, beforeAll, expect } from "vitest";
import { IS_BUNDLE, NO_BUNDLE } from "../support/bundle.ts";
import { startConnectProxy } from "../support/connect-proxy.ts";
import { runDoctor } from "../support/doctor.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { selfSigned } from "../support/self-signed.ts";
import { findProgram } from "../support/terraform-cli.ts";
import { startServer, useServer } from "../support/use-server.ts";

const use = useServer();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "doctor-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the plugin to spoil. */
async function copyOfPlugin(): Promise<string> {
  const file = join(await mkdtemp(join(folder, "copy-")), basename(PLUGIN_FILE));
  await copyFile(PLUGIN_FILE, file);
  await chmod(file, 0o755);
  return file;
}

scenario(["DOCTOR"], "in a healthy setup nothing is wrong, and no token is printed", async () => {
  await using server = await startServer();
  await using mount = await newMount(server);
  await mount.configure();
  for (const args of [[], ["--json"]]) {
    const { exitCode, printed, wrong } = await runDoctor({ server, args });
    expect(wrong).toEqual([]);
    expect(exitCode).toBe(0);
    expect(printed).not.toContain("starting the plugin failed");
    expect(printed).toContain(`reached ${mount.simulator.address}`);
    expect(printed).toContain("is registered with this file's SHA-256");
    expect(printed).not.toContain(server.rootToken);
    expect(printed).not.toContain(mount.simulator.credentials.token);
  }
});

scenario(["DOCTOR"], "a file that isn't the registered one is reported", async () => {
  const spoiled = await copyOfPlugin();
  await appendFile(spoiled, "\n// spoiled\n");
  const other = await runDoctor({ file: spoiled, server: use.server });
  expect(other.exitCode).toBe(1);
  expect(other.wrong.join()).toMatch(
    /catalog: "terraform" v\S+ is registered with SHA-256 [\da-f]{64}, and this file's is [\da-f]{64}; .*bao plugin register -sha256=/,
  );
});

scenario(["DOCTOR"], "a file that can't be executed is reported", async ({ skip }) => {
  if (!IS_BUNDLE) return skip(NO_BUNDLE);
  const locked = await copyOfPlugin();
  await chmod(locked, 0o644);
  const mode = await runDoctor({ file: locked, program: process.execPath });
  expect(mode.wrong[0]).toContain(`has mode 0644 and can't be executed; run "chmod 755 ${locked}"`);
  expect(mode.wrong[1]).toContain("failed: EACCES");
});

scenario(
  ["DOCTOR"],
  "without node on the PATH, the first command that is run reports it",
  async ({ skip }) => {
    if (!IS_BUNDLE) return skip(NO_BUNDLE);
    const bin = join(folder, "without-node");
    await mkdir(bin);
    await symlink((await findProgram("sh")) ?? "", join(bin, "sh"));
    const { exitCode, printed } = await runDoctor({ env: { PATH: bin } });
    expect(exitCode).toBe(127);
    expect(printed).toContain(
      'starting the plugin failed: the PATH of the server has no program "node"',
    );
  },
);

scenario(["DOCTOR"], "an untrusted authority and a wrong clock are reported", async () => {
  await using server = await startServer();
  const tls = await selfSigned();
  await using mount = await newMount(server, {}, "terraform", { tls });
  const { address } = mount.simulator;
  const refused = await mount.write("config", {
    address,
    token: mount.simulator.credentials.token,
  });
  expect(refused.errors.join()).toContain("set ca_cert to the certificate of the authority");
  await mount.configure({ verify_connection: false });
  const untrusted = await runDoctor({ server });
  expect(untrusted.wrong.join()).toMatch(/terraform cloud: reaching \S+ failed: .*; set ca_cert/);

  await mount.configure({ ca_cert: tls.cert });
  mount.simulator.world.clockOffsetMs = 2 * 3600 * 1000;
  const late = await runDoctor({ server });
  expect(late.wrong).toHaveLength(1);
  expect(late.wrong[0]).toMatch(/clock: this machine is (?:7199|7200|7201)s behind .*NTP/);
});

scenario(
  ["DOCTOR"],
  "a proxy that requires a password is reported without the given one",
  async () => {
    await using proxy = await startConnectProxy(407);
    const { host } = new URL(proxy.url);
    const { wrong } = await runDoctor({
      args: ["--address=https://tfe.example.com"],
      env: { HTTPS_PROXY: `http://user:hidden@${host}` },
    });
    expect(wrong).toHaveLength(1);
    expect(wrong[0]).toContain(
      "the proxy in HTTPS_PROXY responded with HTTP status 407; add a user and a password",
    );
    expect(wrong[0]).not.toContain("hidden");
  },
);

scenario(["DOCTOR"], "an expired token and a token of another user are reported", async () => {
  await using server = await startServer();
  await using mount = await newMount(server);
  const { world, credentials } = mount.simulator;
  const owner = { type: "users", id: credentials.userId } as const;
  await mount.configure();
  await mount.write("role/other", { user_id: credentials.otherUserId });
  const other = await mount.read("creds/other");
  expect(other.errors.join()).toContain("only a token of the same user can create its tokens");
  const { wrong: forOther } = await runDoctor({ server });
  expect(forOther).toEqual([
    expect.stringMatching(
      `role ${mount.path}/role/other: .*; correct the role, or write a token with the permission`,
    ),
  ]);

  const expiredAt = new Date(Date.now() + 3000);
  const { text } = world.grant(owner, { description: "short", expiredAt });
  await mount.configure({ token: text });
  await expect.poll(() => mount.statusOf(text), { timeout: 10_000 }).toBe(401);
  const { wrong } = await runDoctor({ server });
  expect(wrong.join("\n")).toContain(
    `config of ${mount.path}/: its token for ${mount.simulator.address} expired at ${expiredAt.toISOString()}; write another`,
  );
});

scenario(["DOCTOR"], "a wrong address and a reverse proxy's page are reported", async () => {
  await using server = await startServer();
  await using mount = await newMount(server);
  const pages = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in</h1>"),
  ).listen(0, "127.0.0.1");
  try {
    await mount.configure({ address: "https://tfe.invalid", verify_connection: false });
    const unknown = await runDoctor({ server });
    expect(unknown.wrong.join()).toMatch(
      /reaching https:\/\/tfe\.invalid failed: getaddrinfo \w+ tfe\.invalid; check the host name/,
    );

    const { port } = pages.address() as { port: number };
    await mount.configure({ address: `http://127.0.0.1:${port}`, verify_connection: false });
    const page = await runDoctor({ server });
    expect(page.wrong.join()).toContain(
      "answers 200 with text/html, which isn't a response of Terraform Cloud's API",
    );
  } finally {
    pages.close();
  }
});
