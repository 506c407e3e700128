import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";
import { type Mount, newMount, request } from "../support/mount.ts";
import { tokenWithPolicy } from "../support/policies.ts";
import { scenarioWith } from "../support/scenario.ts";
import { selfSigned } from "../support/self-signed.ts";
import { findProgram, newWorkplace, type Workplace } from "../support/terraform-cli.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();
const terraform = await findProgram("terraform", "tofu");

const CLOUD = `
  cloud {
    hostname     = "app.terraform.io"
    organization = "hashicorp-vault-testing"
    workspaces {
      name = "network"
    }
  }`;

const REMOTE = `
  backend "remote" {
    hostname     = "app.terraform.io"
    organization = "hashicorp-vault-testing"
    workspaces {
      name = "network"
    }
  }`;

/** A mount whose Terraform Cloud answers as app.terraform.io, for those who go by the proxy. */
async function newSite(): Promise<
  AsyncDisposable & { mount: Mount; proxy: ConnectProxy; caCert: string }
> {
  const tls = await selfSigned("app.terraform.io");
  const mount = await newMount(use.server, {}, "terraform", { tls });
  const proxy = await startConnectProxy(mount.simulator.address);
  await mount.configure({ ca_cert: tls.cert });
  await mount.write("role/my-role", { user_id: "user-12345abcde", ttl: 600 });
  const dispose = async () => {
    await proxy[Symbol.asyncDispose]();
    await mount[Symbol.asyncDispose]();
  };
  return { mount, proxy, caCert: tls.cert, [Symbol.asyncDispose]: dispose };
}

const leasesOf = async ({ path }: Mount) =>
  ((await request(use.server, "LIST", `sys/leases/lookup/${path}/creds/my-role`)).data["keys"] ??
    []) as string[];

scenarioWith(
  terraform,
  ["TERRAFORM_CLI"],
  "init and plan with a token of the mount in TF_TOKEN_app_terraform_io, until its lease is revoked",
  async (program) => {
    await using site = await newSite();
    const { mount, proxy, caCert } = site;
    for (const backend of [CLOUD, REMOTE]) {
      const creds = await mount.read("creds/my-role");
      const TF_TOKEN_app_terraform_io = String(creds.data["token"]);
      await using workplace = await newWorkplace(use.server, {
        token: "none",
        proxy,
        caCert,
        backend,
      });
      const run = (...args: readonly string[]) =>
        workplace.run(program, [...args, "-no-color", "-input=false"], {
          TF_TOKEN_app_terraform_io,
        });

      const initialized = await run("init");
      expect(initialized.printed).toContain("has been successfully");
      expect(initialized.exitCode).toBe(0);
      const planned = await run("plan");
      expect(planned.printed).toContain("+ one = 1");
      expect(planned.exitCode).toBe(0);

      await request(use.server, "PUT", "sys/leases/revoke", {
        lease_id: creds.leaseId,
        sync: true,
      });
      const refused = await run("plan");
      expect(refused.exitCode).toBe(1);
      expect(refused.printed).toMatch(/unauthorized/i);
    }
    expect(new Set(proxy.asked)).toEqual(new Set(["app.terraform.io:443"]));
    const asked = mount.simulator.requests.map(({ method, path }) => `${method} ${path}`);
    expect(asked).toContain("GET /.well-known/terraform.json");
    expect(asked).toContain("GET /api/v2/ping");
    expect(asked).toContain("POST /api/v2/workspaces/ws-7aGr2TLbUYaQbmdN/actions/lock");
  },
);

scenarioWith(
  terraform,
  ["CREDENTIALS_HELPER"],
  "the credentials helper gives each run a token of its own, and stores none",
  async (program) => {
    await using site = await newSite();
    const { mount, proxy, caCert } = site;
    const token = await tokenWithPolicy(use.server, mount, "issuer", { withDefault: true });
    const cliConfig = `
credentials_helper "openbao" {
  args = ["-mount=${mount.path}", "-role=my-role", "-ttl=5m"]
}
`;
    const options = { token, proxy, caCert, backend: CLOUD, cliConfig };
    await using workplace = await newWorkplace(use.server, options);
    const run = (command: string) => workplace.run(program, [command, "-no-color", "-input=false"]);

    expect(await run("init")).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining("has been successfully"),
    });
    expect(await leasesOf(mount)).toHaveLength(1);
    expect(await run("plan")).toMatchObject({
      exitCode: 0,
      printed: expect.stringContaining("+ one = 1"),
    });
    const leases = await leasesOf(mount);
    expect(leases).toHaveLength(2);
    expect(await filesWith(workplace, ".atlasv1.")).toEqual([]);

    await mount.delete("role/my-role");
    // Terraform keeps what the helper says to itself.
    const failed = await run("plan");
    expect(failed.exitCode).toBe(1);
    expect(failed.printed).toContain("Required token could not be found");
  },
);

/** The files of a home, the links to programs aside, that a text is in. */
async function filesWith({ home }: Workplace, text: string): Promise<readonly string[]> {
  const entries = await readdir(home, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const found: string[] = [];
  for (const file of files) if ((await readFile(file, "utf8")).includes(text)) found.push(file);
  return found;
}
