import type { Server } from "@vault-ts/openbao";
import { type Mount, newMount, request } from "./mount.ts";
import { type OddRequest, oddRequests, oddWrites } from "./odd-input.ts";

/** What a user sees of one write. */
export interface Written {
  /** 2 for a success, 4 for the user's mistake, 5 for the engine's. */
  readonly statusClass: number;
  readonly warnings: readonly string[];
  /** Of what is read afterwards, the fields of `STORED`; null if nothing is there. */
  readonly stored: Readonly<Record<string, unknown>> | null;
}

/** What an engine answers to requests that are odd. */
export interface Answers {
  readonly writes: Readonly<Record<string, Written>>;
  /** The class of each answer's status. */
  readonly statuses: Readonly<Record<string, number>>;
}

/**
 * What both engines store. The kind of a role isn't among it: the one in Go tells it of some roles,
 * written or not.
 */
const STORED = [
  "address",
  "base_path",
  "name",
  "organization",
  "team_id",
  "user_id",
  "description",
  "ttl",
  "max_ttl",
];

export async function observeAnswers(server: Server, type: string): Promise<Answers> {
  await using mount = await newMount(server, {}, type);
  await setUp(mount);
  const writes = await inTurn(oddWrites, async (odd) => {
    if (odd.path === "config") await mount.configure();
    return await write(server, mount, odd);
  });
  await setUp(mount);
  const statuses = await inTurn(oddRequests, async ({ method, path, data }) =>
    classOf((await request(server, method, `${mount.path}/${path}`, data)).status),
  );
  return { writes, statuses };
}

async function setUp(mount: Mount): Promise<void> {
  await mount.configure();
  await mount.write("role/user", { user_id: "user-12345abcde" });
  await mount.write("role/organization", {
    organization: mount.simulator.credentials.organization,
  });
}

/** One after the other: they meet the same roles. */
async function inTurn<T>(
  odd: Readonly<Record<string, OddRequest>>,
  act: (request: OddRequest) => Promise<T>,
): Promise<Record<string, T>> {
  const seen: Record<string, T> = {};
  for (const [name, sent] of Object.entries(odd)) seen[name] = await act(sent);
  return seen;
}

async function write(server: Server, mount: Mount, odd: OddRequest): Promise<Written> {
  const { address, credentials } = mount.simulator;
  const known: Readonly<Record<string, unknown>> = { TOKEN: credentials.token, ADDRESS: address };
  const data = mapValues(odd.data ?? {}, (value) => known[String(value)] ?? value);
  const path = `${mount.path}/${odd.path}`;
  const { status, warnings } = await request(server, odd.method, path, data);
  const read = await request(server, "GET", path);
  const stored = Object.fromEntries(
    Object.entries(read.data).filter(([name]) => STORED.includes(name)),
  );
  return {
    statusClass: classOf(status),
    warnings,
    stored:
      read.status === 200
        ? mapValues(stored, (value) => (value === address ? "ADDRESS" : value))
        : null,
  };
}

function mapValues(
  data: Readonly<Record<string, unknown>>,
  map: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, map(value)]));
}

function classOf(status: number): number {
  return Math.floor(status / 100);
}
