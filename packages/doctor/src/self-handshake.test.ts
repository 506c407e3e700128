import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkHandshake } from "./self-handshake.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "self-handshake-"));
});
afterAll(() => rm(folder, { recursive: true }));

const handshakeOf = async (script: string, mode = 0o755) => {
  const file = join(folder, `plugin-${Math.random()}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode });
  return await checkHandshake(file, { PATH: "/usr/bin:/bin", BAO_TOKEN: "s.secret" });
};

test("a plugin that prints its handshake line passes", async () => {
  const finding = await handshakeOf('echo "1|5|unix|/tmp/x|grpc|abc"; exec sleep 5');
  expect(finding).toMatchObject({
    status: "ok",
    message: expect.stringMatching(/^completed after \d+ ms$/),
  });
});

test("a plugin is started as a server starts it, without the server's token", async () => {
  const finding = await handshakeOf(
    'echo "$VAULT_BACKEND_PLUGIN $VAULT_PLUGIN_AUTOMTLS_ENABLED $PLUGIN_PROTOCOL_VERSIONS [$BAO_TOKEN]" >&2; exit 3',
  );
  expect(finding.message).toContain(
    "failed: it exited with code 3: 6669da05-b1c8-4f49-97d9-c8e5bed98e20 true 5 []",
  );
});

test.for<[string, string, string]>([
  [
    "what it writes last",
    "echo first >&2; echo 'This plugin needs Node.js' >&2; exit 127",
    "it exited with code 127: This plugin needs Node.js",
  ],
  [
    "the entry of its log",
    `echo '{"@message":"the plugin can'"'"'t start","error":"no room"}' >&2; exit 1`,
    "it exited with code 1: the plugin can't start: no room",
  ],
  ["another line than a handshake", "echo hello", "it exited with code 0: hello"],
])("a plugin that doesn't shake hands is wrong, with %s", async ([, script, says]) => {
  const { status, message } = await handshakeOf(script);
  expect(status).toBe("wrong");
  expect(message).toContain(says);
});

test("a file that can't be executed fails, with a command as the remedy", async () => {
  const { status, message, remedy } = await handshakeOf("exit 0", 0o644);
  expect([status, message]).toEqual(["wrong", expect.stringContaining("failed: EACCES")]);
  expect(remedy).toContain("chmod 755");
});
