import type { Server } from "@vault-ts/openbao";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "@vault-ts/terraform-cloud/simulator";

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  readonly leaseId: string;
  /** Seconds. */
  readonly leaseDuration: number;
  readonly renewable: boolean;
}

/** One mount of the engine on a real server, with a Terraform Cloud of its own. */
export interface Mount extends AsyncDisposable {
  /** Its path, without a slash at the end. */
  readonly path: string;
  readonly simulator: Simulator;
  read(path: string): Promise<Answer>;
  write(path: string, data?: Readonly<Record<string, unknown>>): Promise<Answer>;
  list(path: string): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** Writes the simulator's address and token to config, with further fields. */
  configure(data?: Readonly<Record<string, unknown>>): Promise<void>;
  /** What Terraform Cloud answers to a token: 200, or 401 for one that is dead. */
  statusOf(token: unknown): Promise<number>;
}

let mounted = 0;

/** Enables the engine at a new path, or another plugin of its kind. */
export async function newMount(
  server: Server,
  tuning: Readonly<Record<string, unknown>> = {},
  type = "terraform",
  simulated: SimulatorOptions = {},
): Promise<Mount> {
  mounted += 1;
  const path = `terraform-${mounted}`;
  const simulator = await startSimulator(simulated);
  await request(server, "POST", `sys/mounts/${path}`, { type, config: tuning });
  const mount: Mount = {
    path,
    simulator,
    read: (below) => request(server, "GET", `${path}/${below}`),
    write: (below, data = {}) => request(server, "PUT", `${path}/${below}`, data),
    list: (below) => request(server, "LIST", `${path}/${below}`),
    delete: (below) => request(server, "DELETE", `${path}/${below}`),
    async configure(data = {}) {
      const { status, errors } = await mount.write("config", {
        address: simulator.address,
        token: simulator.credentials.token,
        ...data,
      });
      if (status >= 300) throw new Error(errors.join("; "));
    },
    async statusOf(token) {
      const url = `${simulator.address}/api/v2/account/details`;
      return (await fetch(url, { headers: { authorization: `Bearer ${String(token)}` } })).status;
    },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
  return mount;
}

/** One request of the HTTP API, as the root token or another. */
export async function request(
  server: Server,
  method: string,
  path: string,
  data?: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<Answer> {
  const { status, body } = await server.request(
    method,
    path,
    data,
    token === undefined ? {} : { token },
  );
  const answer = (body ?? {}) as Record<string, unknown>;
  return {
    status,
    data: (answer["data"] ?? {}) as Answer["data"],
    errors: (answer["errors"] ?? []) as string[],
    warnings: (answer["warnings"] ?? []) as string[],
    leaseId: String(answer["lease_id"] ?? ""),
    leaseDuration: Number(answer["lease_duration"] ?? 0),
    renewable: answer["renewable"] === true,
  };
}
