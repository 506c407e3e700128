import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { type Example, openExample } from "../support/example.ts";
import { scenario, scenarioWith } from "../support/scenario.ts";
import { selfSigned } from "../support/self-signed.ts";
import { findProgram } from "../support/terraform-cli.ts";

/** How long an agent may take for what it does within a few seconds. */
const SOON = { timeout: 20_000 };

/** Starts what runs until it is stopped, without the operator's token. */
function start({ folder, env }: Example, command: readonly string[]) {
  const [program = "", ...args] = command;
  const child = execa(program, args, {
    cwd: folder,
    env,
    extendEnv: false,
    reject: false,
    all: true,
  });
  return {
    ended: child,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child;
    },
  };
}

const read = async (file: string) => await readFile(file, "utf8").catch(() => "");

/** The token that is within a text. */
const tokenIn = (text: string) => /\w+\.atlasv1\.\w+/.exec(text)?.[0] ?? "";

scenario(
  ["EXAMPLE_AGENT"],
  "the agent's example keeps a CLI configuration with a token that works",
  async () => {
    await using example = await openExample("bao-agent");
    for (const command of await example.commands()) await example.run(command);
    await using _agent = start(example, ["bao", "agent", "-config=agent-file.hcl"]);
    const file = join(example.folder, "credentials.tfrc.json");
    await expect.poll(() => read(file), SOON).not.toBe("");
    const { credentials } = JSON.parse(await read(file)) as {
      credentials: Record<string, { token: string }>;
    };
    expect(await example.statusOf(credentials["app.terraform.io"]?.token ?? "")).toBe(200);
  },
);

scenario(
  ["EXAMPLE_AGENT"],
  "the agent's example runs a job with the token in its environment",
  async () => {
    const terraform =
      '#!/bin/sh\necho "$1 $TF_TOKEN_app_terraform_io" >>"$HOME/runs"\n[ "$1" = init ] || exit 7\n';
    await using example = await openExample("bao-agent", { terraform });
    for (const command of await example.commands()) await example.run(command);
    const { exitCode } = await start(example, ["bao", "agent", "-config=agent-exec.hcl"]).ended;
    // As the job's.
    expect(exitCode).toBe(7);
    const runs = (await read(join(example.env["HOME"] ?? "", "runs"))).trim().split("\n");
    expect(runs.map((run) => run.split(" ")[0])).toEqual(["init", "plan"]);
    expect(await example.statusOf(tokenIn(runs[1] ?? ""))).toBe(200);
  },
);

scenario(
  ["EXAMPLE_INJECTOR"],
  "the injector's template gives a script that sets the token",
  async () => {
    await using example = await openExample("kubernetes-injector");
    await writeFile(join(example.folder, "ca.crt"), (await selfSigned()).cert);
    for (const command of await example.commands()) await example.run(command);
    const { annotations, container } = await jobOf(example);
    expect(Object.keys(annotations).filter((name) => !INJECTOR_ANNOTATION.test(name))).toEqual([]);
    expect(Object.values(annotations).every((value) => typeof value === "string")).toBe(true);
    expect(annotations["openbao.openbao.org/agent-inject-secret-terraform"]).toBe(
      "terraform/creds/my-role",
    );

    // The injector's own agent logs in as the service account: the machine of the test is none, and
    // uses a token.
    const login = await example.run("bao token create -policy=terraform-issuer -field=token");
    const rendered = join(example.folder, "terraform");
    await writeFile(join(example.folder, "login"), login, { mode: 0o600 });
    await writeFile(
      join(example.folder, "agent.json"),
      JSON.stringify({
        exit_after_auth: true,
        auto_auth: { method: [{ type: "token_file", config: { token_file_path: "login" } }] },
        template: [
          {
            contents: annotations["openbao.openbao.org/agent-inject-template-terraform"],
            destination: rendered,
            perms: annotations["openbao.openbao.org/agent-inject-perms-terraform"],
          },
        ],
      }),
    );
    await using agent = start(example, ["bao", "agent", "-config=agent.json"]);
    expect((await agent.ended).exitCode).toBe(0);
    const [, , script = ""] = container.command;
    const volume = annotations["openbao.openbao.org/secret-volume-path"];
    expect(script.startsWith(`. ${volume}/terraform && `)).toBe(true);
    const token = await example.run(`. ${rendered} && echo "$TF_TOKEN_app_terraform_io"`);
    expect(await example.statusOf(token)).toBe(200);
  },
);

/** Those annotations of the injector that the example may use: from its documentation. */
const INJECTOR_ANNOTATION =
  /^openbao\.openbao\.org\/(?:agent-inject|agent-pre-populate-only|role|secret-volume-path|agent-inject-(?:secret|template|perms)-\w+)$/;

async function jobOf(example: Example) {
  const { parse } = await import("yaml");
  const { spec } = parse(await example.file("job.yaml"));
  const { metadata, spec: pod } = spec.template;
  return {
    annotations: metadata.annotations as Readonly<Record<string, string>>,
    container: pod.containers[0] as { readonly command: readonly string[] },
  };
}

/** The units, with the paths of a system where the test's folder is. */
async function unitsOf(example: Example): Promise<Readonly<Record<string, string>>> {
  const here: readonly (readonly [string, string])[] = [
    ["/etc/terraform-token", example.folder],
    ["/run/terraform-token", join(example.folder, "run")],
    ["/usr/bin/bao", example.server.binary.path],
    ["/usr/bin/terraform", "/bin/true"],
    ["/srv/infrastructure", example.folder],
    ["https://openbao.example.com:8200", example.server.address],
    ["User=terraform", "User=root"],
  ];
  const units: Record<string, string> = {};
  for (const name of ["agent.hcl", "terraform-token.service", "terraform-plan.service"]) {
    const text = await example.file(name);
    units[name] = here.reduce((rest, [from, to]) => rest.replaceAll(from, to), text);
    await writeFile(join(example.folder, name), units[name] ?? "");
  }
  return units;
}

/** The values of a setting of a unit. */
const settings = (unit: string, name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);

scenario(
  ["EXAMPLE_SYSTEMD"],
  "the unit's agent leaves a token where the service after it reads it",
  async () => {
    await using example = await openExample("systemd");
    for (const command of await example.commands()) await example.run(command);
    const units = await unitsOf(example);
    await mkdir(join(example.folder, "run"));
    const token = units["terraform-token.service"] ?? "";
    expect(settings(token, "Environment")).toEqual([`BAO_ADDR=${example.server.address}`]);
    await using _agent = start(example, (settings(token, "ExecStart")[0] ?? "").split(" "));
    // Systemd takes the service for started once this has ended.
    const [waiting = ""] = settings(token, "ExecStartPost");
    await example.run(waiting);

    const [file = ""] = settings(units["terraform-plan.service"] ?? "", "EnvironmentFile");
    const text = await read(file);
    expect(text).toMatch(/^TF_TOKEN_app_terraform_io=\S+\n$/);
    expect(await example.statusOf(tokenIn(text))).toBe(200);
  },
);

const systemdAnalyze = await findProgram("systemd-analyze");

scenarioWith(
  systemdAnalyze,
  ["EXAMPLE_SYSTEMD"],
  "systemd finds nothing wrong with the units",
  async (program) => {
    await using example = await openExample("systemd");
    await unitsOf(example);
    const files = ["terraform-token.service", "terraform-plan.service"].map((name) =>
      join(example.folder, name),
    );
    const { exitCode, all } = await execa(program, ["verify", ...files], {
      reject: false,
      all: true,
    });
    const about = all.split("\n").filter((line) => line.includes("terraform-"));
    expect(about).toEqual([]);
    expect(exitCode).toBe(0);
  },
);
