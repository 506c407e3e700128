import { createSign, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { type Example, openExample } from "../support/example.ts";
import { scenario } from "../support/scenario.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string>>;
}

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** A token as GitHub signs it for a job. */
function tokenOfJob(claims: Readonly<Record<string, unknown>>): string {
  const seconds = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: "RS256", typ: "JWT" },
    {
      iss: "https://token.actions.githubusercontent.com",
      aud: "https://github.com/acme",
      sub: "repo:acme/infrastructure:ref:refs/heads/main",
      repository: "acme/infrastructure",
      iat: seconds,
      nbf: seconds,
      exp: seconds + 300,
      ...claims,
    },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signed = parts.join(".");
  return `${signed}.${createSign("sha256").update(signed).sign(privateKey, "base64url")}`;
}

/** Sets the example up. GitHub's keys come from a file: its servers are not there in a test. */
async function setUp(example: Example): Promise<void> {
  const pem = publicKey.export({ type: "spki", format: "pem" });
  await writeFile(join(example.folder, "github.pem"), pem);
  for (const command of await example.commands()) {
    const here = command.replace(/oidc_discovery_url=\S+/, "jwt_validation_pubkeys=@github.pem");
    await example.run(here);
  }
}

async function stepsOf(example: Example): Promise<readonly Step[]> {
  const workflow = parse(await example.file("terraform.yml"));
  expect(workflow.permissions["id-token"]).toBe("write");
  return workflow.jobs.plan.steps;
}

/**
 * What the action does: it logs in with the job's token, and reads each path once.
 *
 * @returns what it exports to the environment.
 */
async function runAction(example: Example, inputs: Readonly<Record<string, string>>, jwt: string) {
  const { path = "jwt", role, secrets = "" } = inputs;
  const login = await example.server.request(
    "POST",
    `auth/${path}/login`,
    { jwt, role },
    { token: undefined },
  );
  if (login.status !== 200) throw new Error(`login: ${login.status}`);
  const token = (login.body as { auth: { client_token: string } }).auth.client_token;
  const exported: Record<string, string> = { VAULT_TOKEN: token };
  for (const secret of secrets.split(";").filter((text) => text.trim() !== "")) {
    const [, from = "", field = "", to = ""] = /^(\S+) (\S+) \| (\S+)$/.exec(secret.trim()) ?? [];
    const { body } = await example.server.request("GET", from, undefined, { token });
    exported[to] = (body as { data: Record<string, string> }).data[field] ?? "";
  }
  return exported;
}

scenario(
  ["EXAMPLE_GITHUB"],
  "a job of the workflow gets a token that works, and its last step revokes it",
  async () => {
    await using example = await openExample("github-actions");
    await setUp(example);
    const steps = await stepsOf(example);
    const inputs =
      steps.find(({ uses }) => uses?.startsWith("hashicorp/vault-action@"))?.with ?? {};
    expect(inputs).toMatchObject({ method: "jwt", role: "terraform-ci", exportToken: true });
    const exported = await runAction(
      example,
      inputs,
      tokenOfJob({ aud: inputs["jwtGithubAudience"] }),
    );
    const token = exported["TF_TOKEN_app_terraform_io"] ?? "";
    expect(await example.statusOf(token)).toBe(200);

    const last = steps.at(-1);
    expect(last?.if).toBe("always()");
    await example.run(last?.run ?? "", { VAULT_ADDR: example.server.address, ...exported });
    await expect.poll(() => example.statusOf(token)).toBe(401);
  },
);

scenario(
  ["EXAMPLE_GITHUB"],
  "jobs of other repositories, branches and audiences get nothing",
  async () => {
    await using example = await openExample("github-actions");
    await setUp(example);
    const inputs = { role: "terraform-ci" };
    for (const claims of [
      { sub: "repo:acme/other:ref:refs/heads/main" },
      { sub: "repo:acme/infrastructure:pull_request" },
      { aud: "https://github.com/other" },
      { iss: "https://example.com" },
    ]) {
      await expect(
        runAction(example, inputs, tokenOfJob(claims)),
        JSON.stringify(claims),
      ).rejects.toThrow("login: 4");
    }
    expect(await runAction(example, inputs, tokenOfJob({}))).toHaveProperty("VAULT_TOKEN");
  },
);
