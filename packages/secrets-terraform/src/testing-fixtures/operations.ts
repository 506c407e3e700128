import type { Simulator, SimulatorCredentials } from "@vault-ts/terraform-cloud/simulator";
import { ROOT_KINDS, type RootKind } from "./root-tokens.ts";

const organization = "hashicorp-vault-testing";
const user_id = "user-12345abcde";
const team_id = "team-TUfzPAhqQ7xbfVwR";
const agent_pool_id = "apool-yoGUFz5zcRMMz53i";

/** Longer than the tests take, and than the shortest token TTL policy that they try. */
const LEASE = { ttl: 600, max_ttl: 1800 };

/** What operations ask of a mount: one in memory, or one of a real server. */
export interface MountClient<Answer> {
  read(path: string): Promise<Answer>;
  write(path: string, data?: Readonly<Record<string, unknown>>): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Revokes the lease of creds/a. */
  revoke(): Promise<Answer>;
  /**
   * Gives role/a a schedule by which its token is due within ten seconds, and takes it away again
   * once the token was rotated.
   *
   * @returns what creds/a then says, as soon as the rotation has ended, well or badly.
   */
  rotateBySchedule(): Promise<Answer>;
}

/** An operation that a fault may interrupt: the state before it, and the request. */
export interface Operation {
  readonly name: string;
  /** The token that the mount is configured with, where it isn't the operator's. */
  readonly root?: RootKind;
  readonly before?: (mount: MountClient<unknown>) => Promise<unknown>;
  readonly request: <A>(mount: MountClient<A>, credentials: SimulatorCredentials) => Promise<A>;
  /** Whether it ends a lease, so that it can't be asked for again. */
  readonly endsLease?: boolean;
}

/** The token that the mount of an operation is configured with: a new one, or the operator's. */
export function rootTokenFor({ root }: Operation, simulator: Simulator): string {
  return root?.grant(simulator).text ?? simulator.credentials.token;
}

type Fields = Readonly<Record<string, unknown>>;

const issue = (kind: string, role: Fields): Operation => ({
  name: `${kind} creds`,
  before: (mount) => mount.write("role/a", { ...role, ...LEASE }),
  request: (mount) => mount.read("creds/a"),
});

const revocation = (name: string, role: Fields): Operation => ({
  name,
  before: async (mount) => {
    await mount.write("role/a", { ...role, ...LEASE });
    await mount.read("creds/a");
  },
  request: (mount) => mount.revoke(),
  endsLease: true,
});

const firstRole = (name: string, role: Fields): Operation => ({
  name,
  request: (mount) => mount.write("role/a", role),
});

const rotation = (name: string, role: Fields): Operation => ({
  name,
  before: (mount) => mount.write("role/a", role),
  request: (mount) => mount.write("rotate-role/a"),
});

const lastRole = (name: string, role: Fields): Operation => ({
  name,
  before: (mount) => mount.write("role/a", role),
  request: (mount) => mount.delete("role/a"),
});

const rootRotation = (root: RootKind): Operation => ({
  name: `rotate-root of ${root.name}`,
  root,
  before: (mount) => mount.write("role/a", root.role),
  request: (mount) => mount.write("rotate-root"),
});

const USER = { user_id };
const AGENT = { agent_pool_id };
const METRICS = { organization, credential_type: "metrics" };
const AUDIT = { organization, credential_type: "audit_trails" };

/**
 * All operations that call Terraform Cloud. Creds of each leased kind, and the revocation of their
 * leases; the first role of an organization, and a role that moves from an organization to a team;
 * rotations, by request and by schedule; and the deletion of an owner's last role. Then a write of
 * the configuration, and the rotation of its token for each kind of owner.
 */
export const OPERATIONS: readonly Operation[] = [
  issue("user", USER),
  issue("team", { team_id, credential_type: "team" }),
  issue("agent", AGENT),
  issue("metrics", METRICS),
  firstRole("first role", { organization }),
  firstRole("first audit role", AUDIT),
  {
    name: "moved role",
    before: (mount) => mount.write("role/a", { organization }),
    request: (mount) =>
      mount.write("role/a", { organization: "", team_id, credential_type: "team_legacy" }),
  },
  rotation("rotation", { organization }),
  rotation("audit rotation", AUDIT),
  {
    name: "scheduled rotation",
    before: (mount) => mount.write("role/a", { organization }),
    request: (mount) => mount.rotateBySchedule(),
  },
  lastRole("last role", { team_id }),
  lastRole("last audit role", AUDIT),
  revocation("revocation", USER),
  revocation("agent revocation", AGENT),
  revocation("metrics revocation", METRICS),
  {
    name: "config",
    before: (mount) => mount.write("role/a", { organization }),
    request: (mount, { token }) => mount.write("config", { token, explicit_max_ttl: 300 }),
  },
  ...ROOT_KINDS.map(rootRotation),
];
