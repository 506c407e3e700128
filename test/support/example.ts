import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Server } from "@vault-ts/openbao";
import { type Simulator, startSimulator } from "@vault-ts/terraform-cloud/simulator";
import { execa } from "execa";
import { request } from "./mount.ts";
import { startServer } from "./use-server.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * One of the examples, in a folder of its own, beside a real server with a mount at `terraform/`
 * and the roles that the examples name.
 */
export interface Example extends AsyncDisposable {
  readonly folder: string;
  readonly server: Server;
  readonly simulator: Simulator;
  /** Of those who run its commands. */
  readonly env: Readonly<Record<string, string>>;
  /** A file of the example. */
  file(name: string): Promise<string>;
  /** The blocks of its README that are to be run by a shell. */
  commands(): Promise<readonly string[]>;
  /**
   * Runs a command as somebody does who has changed to its folder.
   *
   * @throws with what it prints if it fails.
   */
  run(command: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** What Terraform Cloud answers to a token: 200, or 401 for one that is dead. */
  statusOf(token: string): Promise<number>;
}

/**
 * Opens an example.
 *
 * @param programs Scripts that stand for programs which its commands run, by their names.
 */
export async function openExample(
  name: string,
  programs: Readonly<Record<string, string>> = {},
): Promise<Example> {
  const [server, simulator] = await Promise.all([startServer(), startSimulator()]);
  const home = await mkdtemp(join(tmpdir(), "example-"));
  const [folder, bin] = [join(home, "examples", name), join(home, "bin")];
  await cp(join(ROOT, "examples", name), folder, { recursive: true });
  // Examples name policies of the documentation.
  await cp(join(ROOT, "docs", "policies"), join(home, "docs", "policies"), { recursive: true });
  await mkdir(bin);
  await symlink(server.binary.path, join(bin, server.binary.cli));
  if (server.binary.cli !== "bao") await symlink(server.binary.path, join(bin, "bao"));
  for (const [program, script] of Object.entries(programs)) {
    await writeFile(join(bin, program), script);
    await chmod(join(bin, program), 0o755);
  }
  await mountEngine(server, simulator);
  const env = {
    PATH: [bin, "/usr/bin", "/bin"].join(delimiter),
    HOME: home,
    [`${server.binary.prefix}_ADDR`]: server.address,
  };
  const token = { [`${server.binary.prefix}_TOKEN`]: server.rootToken };
  return {
    folder,
    server,
    simulator,
    env,
    file: (file) => readFile(join(folder, file), "utf8"),
    async commands() {
      const readme = await readFile(join(folder, "README.md"), "utf8");
      return [...readme.matchAll(/^( *)```sh\n([\s\S]*?)^\1```$/gm)].map(
        ([, , block = ""]) => block,
      );
    },
    async run(command, more = token) {
      const { stdout } = await execa("sh", ["-euc", command], {
        cwd: folder,
        env: { ...env, ...more },
        extendEnv: false,
      });
      return stdout;
    },
    async statusOf(text) {
      const url = `${simulator.address}/api/v2/account/details`;
      return (await fetch(url, { headers: { authorization: `Bearer ${text}` } })).status;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([server.stop(), simulator.close()]);
      await rm(home, { recursive: true });
    },
  };
}

async function mountEngine(server: Server, { address, credentials }: Simulator): Promise<void> {
  const { token, userId: user_id, organization } = credentials;
  await request(server, "POST", "sys/mounts/terraform", { type: "terraform" });
  await request(server, "PUT", "terraform/config", { address, token });
  await request(server, "PUT", "terraform/role/my-role", { user_id, ttl: 600 });
  await request(server, "PUT", "terraform/role/testing", { organization });
}
