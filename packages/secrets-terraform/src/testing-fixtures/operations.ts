import type { SimulatorCredentials } from "@vault-ts/terraform-cloud/simulator";

const ORGANIZATION = "hashicorp-vault-testing";
const TEAM = "team-TUfzPAhqQ7xbfVwR";

/** What operations ask of a mount: one in memory, or one of a real server. */
export interface MountClient<Answer> {
  read(path: string): Promise<Answer>;
  write(path: string, data?: Readonly<Record<string, unknown>>): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Revokes the lease of creds/a. */
  revoke(): Promise<Answer>;
}

/** An operation that a fault may interrupt: the state before it, and the request. */
export interface Operation {
  readonly name: string;
  readonly before?: (mount: MountClient<unknown>) => Promise<unknown>;
  readonly request: <A>(mount: MountClient<A>, credentials: SimulatorCredentials) => Promise<A>;
}

/**
 * All operations that call Terraform Cloud: leased creds, the first role of an organization, and a
 * role that moves from an organization to a team. The others are a rotation, the deletion of a
 * team's last role, the revocation of a lease, and a write of the configuration.
 */
export const OPERATIONS = [
  {
    name: "user creds",
    before: (mount) =>
      mount.write("role/a", { user_id: "user-12345abcde", ttl: 600, max_ttl: 600 }),
    request: (mount) => mount.read("creds/a"),
  },
  {
    name: "team creds",
    before: (mount) =>
      mount.write("role/a", { team_id: TEAM, credential_type: "team", ttl: 600, max_ttl: 600 }),
    request: (mount) => mount.read("creds/a"),
  },
  {
    name: "first role",
    request: (mount) => mount.write("role/a", { organization: ORGANIZATION }),
  },
  {
    name: "moved role",
    before: (mount) => mount.write("role/a", { organization: ORGANIZATION }),
    request: (mount) =>
      mount.write("role/a", { organization: "", team_id: TEAM, credential_type: "team_legacy" }),
  },
  {
    name: "rotation",
    before: (mount) => mount.write("role/a", { organization: ORGANIZATION }),
    request: (mount) => mount.write("rotate-role/a"),
  },
  {
    name: "last role",
    before: (mount) => mount.write("role/a", { team_id: TEAM }),
    request: (mount) => mount.delete("role/a"),
  },
  {
    name: "revocation",
    before: async (mount) => {
      await mount.write("role/a", { user_id: "user-12345abcde", ttl: 600, max_ttl: 600 });
      await mount.read("creds/a");
    },
    request: (mount) => mount.revoke(),
  },
  {
    name: "config",
    before: (mount) => mount.write("role/a", { organization: ORGANIZATION }),
    request: (mount, { token }) => mount.write("config", { token, explicit_max_ttl: 300 }),
  },
] as const satisfies readonly Operation[];
