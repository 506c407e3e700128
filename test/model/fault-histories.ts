import type { History, Step } from "./history.ts";
import type { RoleKind } from "./seeded-world.ts";

/** Each step without what most of them have in common. */
type BriefStep = Step extends infer S
  ? S extends Step
    ? Omit<S, "mount" | "pauseMs"> & Partial<Pick<S, "mount" | "pauseMs">>
    : never
  : never;

const history = (
  {
    tokens = ["ann", "ann"],
    roles = [[], []],
    isRepaired = false,
  }: Partial<Omit<History, "seed" | "steps">>,
  ...steps: readonly BriefStep[]
): History => ({
  seed: 1,
  tokens,
  roles,
  steps: steps.map((step): Step => ({ mount: 0, pauseMs: 0, ...step })),
  isRepaired,
});

/** Role `a` moves to another owner, and the client leaves before that is done. */
const moveAndLeave = (kind: RoleKind): BriefStep => ({
  does: "write role",
  role: "a",
  kind,
  ttl: 0,
  leaves: 400,
  pauseMs: 20_000,
});

const TEN = Array.from({ length: 10 }, (_, index) => `role-${index}`);

/** Histories that once ended badly, by what they are about. */
export const FAULT_HISTORIES: Readonly<Record<string, History>> = {
  "an address of one client, and the token of another": history(
    {},
    { does: "write config", client: 0, input: { address: "B" }, pauseMs: 1000 },
    { does: "write config", client: 1, input: { token: "bob" }, pauseMs: 1000 },
  ),
  "an authority that is written alone": history(
    {},
    { does: "write config", client: 0, input: { ca_cert: true }, pauseMs: 1000 },
  ),
  "a base path that is written alone": history(
    {},
    { does: "write config", client: 0, input: { base_path: "/gateway/api/v2/" }, pauseMs: 1000 },
  ),
  "an address on a mount without a token, and the token of another client": history(
    {},
    { does: "delete config", pauseMs: 1000 },
    { does: "write config", client: 0, input: { address: "B" }, pauseMs: 1000 },
    { does: "write config", client: 1, input: { token: "ann" }, pauseMs: 1000 },
  ),
  "an unverified token of the organization whose first role is written": history(
    {},
    {
      does: "write config",
      client: 0,
      input: { token: "acme", address: "A", verify_connection: false },
      pauseMs: 1000,
    },
    { does: "write role", role: "a", kind: "organization acme", ttl: 0, pauseMs: 5000 },
  ),
  "a token that was replaced by hand when the last role goes": history(
    { roles: [["legacy acme-dev"], []] },
    { does: "replace by hand", owner: "teams/team-acme-dev" },
    { does: "delete role", role: "a", pauseMs: 5000 },
  ),
  "a lease whose token the mount's new one doesn't see": history(
    { roles: [["team globex-dev"], []] },
    { does: "read creds", role: "a", pauseMs: 5000 },
    { does: "write config", client: 0, input: { token: "cyd", address: "A" }, pauseMs: 5000 },
    { does: "revoke", lease: 0, pauseMs: 5000 },
  ),
  "a lease of a user that an unverified token doesn't see": history(
    { roles: [["user ann"], []] },
    { does: "read creds", role: "a", pauseMs: 5000 },
    {
      does: "write config",
      client: 0,
      input: { token: "bob", address: "A", verify_connection: false },
      pauseMs: 5000,
    },
    { does: "revoke", lease: 0, pauseMs: 5000 },
  ),
  "a lost token that the mount's new one doesn't see, until it has its old one again": history(
    { roles: [["user ann"], []], isRepaired: true },
    { does: "fault", kind: "hang after", method: "POST", skip: 0 },
    { does: "read creds", role: "a", pauseMs: 60_000 },
    {
      does: "write config",
      client: 0,
      input: { token: "bob", address: "A", verify_connection: false },
      pauseMs: 400_000,
    },
  ),
  "a lost token of a team whose role names another organization": history(
    { roles: [["team acme-dev of globex"], []] },
    { does: "fault", kind: "hang after", method: "POST", skip: 0 },
    { does: "read creds", role: "a", pauseMs: 60_000 },
  ),
  "the last role of an owner whose token is another mount's": history(
    { roles: [["organization acme"], []] },
    { mount: 1, does: "write role", role: "a", kind: "organization acme", ttl: 0, pauseMs: 5000 },
    { does: "delete role", role: "a", pauseMs: 5000 },
  ),
  "an organization that hangs, and the role of another": history(
    { roles: [["organization acme", "organization globex"], []] },
    { does: "owner hangs", owner: "organizations/acme", seconds: 300 },
    { does: "delete role", role: "a", pauseMs: 1000 },
    { does: "delete role", role: "b", pauseMs: 100_000 },
  ),
  "a creation that is carried out minutes later": history(
    { roles: [["team acme-dev"], []] },
    { does: "fault", kind: "late", method: "POST", skip: 0 },
    { does: "read creds", role: "a", pauseMs: 100_000 },
  ),
  "a rotation that is carried out minutes later": history(
    { roles: [["organization acme"], []] },
    { does: "fault", kind: "late", method: "POST", skip: 0 },
    { does: "fault", kind: "server error", method: "POST", skip: 0 },
    { does: "rotate role", role: "a", pauseMs: 100_000 },
  ),
  "a deletion that is carried out after a rotation": history(
    { roles: [["organization acme"], []] },
    { does: "fault", kind: "late", method: "DELETE", skip: 0 },
    { does: "delete role", role: "a", pauseMs: 40_000 },
    { does: "write role", role: "a", kind: "organization acme", ttl: 0 },
    { does: "rotate role", role: "a", pauseMs: 5000 },
  ),
  "a configuration that hangs while the mount's own token is rotated, and a crash": history(
    { tokens: ["acme", "ann"], roles: [["organization acme"], []] },
    { does: "owner hangs", owner: "users/user-bob", seconds: 300 },
    { does: "write config", client: 0, input: { token: "bob", address: "A" }, pauseMs: 1000 },
    { does: "rotate role", role: "a", pauseMs: 5000 },
    { does: "restart", pauseMs: 5000 },
  ),
  "a role entry that can't be read, and a lost token": history(
    { roles: [["legacy acme-dev"], []] },
    { does: "corrupt a role" },
    { does: "fault", kind: "hang after", method: "POST", skip: 0 },
    { does: "fault", kind: "server error", method: "POST", skip: 0 },
    { does: "rotate role", role: "a", pauseMs: 60_000 },
  ),
  "a clock that steps an hour ahead while a token is issued": history(
    { roles: [["user ann"], []] },
    { does: "fault", kind: "slow", method: "POST", skip: 0, pauseMs: 50_000 },
    { does: "read creds", role: "a", pauseMs: 5000 },
    { does: "set host clock", seconds: 3600, pauseMs: 60_000 },
  ),
  "a clock that is two days ahead for a moment": history(
    { roles: [["user ann"], []] },
    { does: "read creds", role: "a", pauseMs: 5000 },
    { does: "set host clock", seconds: 200_000, pauseMs: 60_000 },
  ),
  "two spellings of an organization": history(
    {},
    { does: "write role", role: "a", kind: "organization acme", ttl: 0, pauseMs: 5000 },
    { does: "write role", role: "b", kind: "organization ACME", ttl: 0, pauseMs: 5000 },
  ),
  "a rotation that is carried out minutes later, when its second attempt has succeeded": history(
    { roles: [["organization acme"], []] },
    { does: "fault", kind: "late", method: "POST", skip: 0 },
    { does: "rotate role", role: "a", pauseMs: 100_000 },
  ),
  "a deletion by a client that has left, and another mount's new token": history(
    { roles: [["organization globex"], []] },
    { does: "fault", kind: "hang after", method: "DELETE", skip: 0 },
    { does: "delete role", role: "a", leaves: 400, pauseMs: 1000 },
    { does: "write role", role: "a", kind: "user ann", ttl: 0, pauseMs: 5000 },
    { mount: 1, does: "write role", role: "a", kind: "organization globex", ttl: 0, pauseMs: 5000 },
  ),
  "a role that moves for a client that has left, and a token that is made by hand": history(
    { roles: [["legacy globex-dev"], []] },
    moveAndLeave("organization acme"),
    { does: "replace by hand", owner: "organizations/acme" },
  ),
  "a role that moves for a client that has left, and a mount without a token meanwhile": history(
    { roles: [["legacy globex-dev"], []], isRepaired: true },
    moveAndLeave("organization acme"),
    { mount: 1, does: "write role", role: "a", kind: "organization acme", ttl: 0 },
    { does: "delete config" },
  ),
  "a role that moves for a client that has left, and a mount at another address meanwhile": history(
    { roles: [["legacy globex-dev"], []], isRepaired: true },
    moveAndLeave("team acme-dev of acme"),
    {
      does: "write config",
      client: 0,
      input: { token: "ann at B", address: "B", verify_connection: false },
      pauseMs: 1_000_000,
    },
  ),
  "a replacement by the rollback that the process dies in, and that is carried out minutes later": {
    ...history(
      {
        roles: [
          [null, "organization ACME"],
          [null, "organization ACME"],
        ],
      },
      { does: "fault", kind: "late", method: "DELETE", skip: 0 },
      { mount: 1, does: "delete role", role: "b" },
      { does: "fault", kind: "late", method: "POST", skip: 1 },
      { does: "write role", role: "a", kind: "legacy globex-dev", ttl: 0 },
      { does: "write role", role: "b", kind: "organization ACME", ttl: 0, pauseMs: 100_000 },
      { does: "fault", kind: "late", method: "GET", skip: 0 },
      { does: "fault", kind: "late", method: "GET", skip: 0, pauseMs: 100_000 },
      { does: "owner hangs", owner: "teams/team-globex-dev", seconds: 30 },
      { does: "fault", kind: "late", method: "GET", skip: 0 },
      { does: "write role", role: "a", kind: "legacy globex-dev", ttl: 0, pauseMs: 1000 },
      { does: "rotate role", role: "a", pauseMs: 100_000 },
      { mount: 1, does: "restart" },
      { does: "rotate role", role: "a" },
    ),
    seed: 998150212,
  },
  "a replacement by the rollback that the process dies in, and a role that moves then": {
    ...history(
      { roles: [["organization acme"], [null, "legacy acme-dev"]] },
      { does: "write role", role: "b", kind: "legacy acme-dev", ttl: 0 },
      { does: "replace by hand", owner: "organizations/acme", pauseMs: 100_000 },
      { mount: 1, does: "delete role", role: "b" },
      { does: "fault", kind: "late", method: "POST", skip: 1, pauseMs: 20_000 },
      { does: "rotate role", role: "b", leaves: 400 },
      { mount: 1, does: "write role", role: "a", kind: "legacy acme-dev", ttl: 0, pauseMs: 1000 },
      { does: "crash", moments: 11, isBefore: false },
      { does: "revoke", lease: 0, pauseMs: 100_000 },
      {
        does: "write role",
        role: "a",
        kind: "legacy acme-dev",
        ttl: 0,
        leaves: 1,
        pauseMs: 20_000,
      },
      { does: "write role", role: "b", kind: "user bob", ttl: 0 },
      { does: "replace by hand", owner: "organizations/acme" },
    ),
    seed: 546468851,
  },
  "a token of a client that has left, another mount's rotation, and a crash of the rollback": {
    ...history(
      {
        roles: [
          ["team acme-dev of globex", "organization acme"],
          ["legacy globex-dev", null],
        ],
      },
      { does: "write role", role: "b", kind: "legacy globex-dev", ttl: 0, leaves: 400 },
      { does: "write role", role: "a", kind: "team acme-dev of globex", ttl: 0, pauseMs: 1000 },
      { mount: 1, does: "rotate role", role: "a" },
      { does: "write role", role: "a", kind: "team acme-dev of globex", ttl: 0, pauseMs: 20_000 },
      { does: "read creds", role: "a", pauseMs: 20_000 },
      { mount: 1, does: "delete config", pauseMs: 20_000 },
      { does: "crash", moments: 9, isBefore: false },
      { does: "rotate role", role: "a", pauseMs: 100_000 },
      { does: "crash", moments: 0, isBefore: false },
    ),
    seed: 0,
  },
  "a token that the rollback deletes, minutes later, and a role that is written meanwhile": {
    ...history(
      { roles: [[], [null, "organization ACME"]] },
      { does: "write role", role: "a", kind: "organization ACME", ttl: 0, pauseMs: 20_000 },
      { mount: 1, does: "write role", role: "b", kind: "organization globex", ttl: 0, leaves: 400 },
      { does: "rotate role", role: "a", pauseMs: 100 },
      { does: "fault", kind: "late", method: "DELETE", skip: 0 },
      { does: "rotate role", role: "a", pauseMs: 100_000 },
      {
        mount: 1,
        does: "write role",
        role: "a",
        kind: "organization globex",
        ttl: 0,
        pauseMs: 100_000,
      },
    ),
    seed: 0,
  },
  "a rotation that deletes the token that was just written with another authority": history(
    { roles: [["organization acme"], []] },
    { does: "fault", kind: "server error", method: "POST", skip: 0 },
    { does: "rotate role", role: "a", pauseMs: 20 },
    { does: "write config", client: 0, input: { ca_cert: true }, pauseMs: 20 },
    {
      does: "write config",
      client: 0,
      input: { token: "acme", address: "A", verify_connection: false },
      pauseMs: 20_000,
    },
  ),
  "a token that one role began and another took over, and one that is made by hand": history(
    { roles: [[null, "organization globex"], []] },
    { does: "fault", kind: "hang after", method: "DELETE", skip: 0 },
    {
      does: "write role",
      role: "b",
      kind: "organization acme",
      ttl: 0,
      leaves: 2000,
      pauseMs: 5000,
    },
    { does: "write role", role: "a", kind: "organization acme", ttl: 0, pauseMs: 1000 },
    { does: "write role", role: "a", kind: "organization globex", ttl: 0, pauseMs: 1000 },
    { does: "replace by hand", owner: "organizations/acme" },
  ),
  "a deletion by a client that has left, and a clock that is set back": history(
    { roles: [["organization acme"], []] },
    { does: "set host clock", seconds: 200_000 },
    { does: "fault", kind: "hang after", method: "DELETE", skip: 0 },
    { does: "delete role", role: "a", leaves: 400, pauseMs: 1000 },
  ),
  "rotations of clients that have left": history(
    {},
    ...TEN.map(
      (role): BriefStep => ({
        does: "write role",
        role,
        kind: "organization acme",
        ttl: 0,
        pauseMs: 5000,
      }),
    ),
    ...TEN.map((role): BriefStep => ({ does: "rotate role", role, leaves: 50 })),
    { does: "restart", mount: 1, pauseMs: 60_000 },
  ),
  "a flawed token whose deletion is refused": history(
    { roles: [["user ann"], []] },
    { does: "fault", kind: "forbidden", method: "DELETE", skip: 0 },
    { does: "read creds", role: "a", leaves: 20, pauseMs: 5000 },
  ),
  "a role that goes while the mount gets another token than the organization's own": history(
    { tokens: ["acme", "ann"], roles: [[null, "organization ACME"], []] },
    { does: "delete role", role: "b" },
    { does: "write config", client: 0, input: { token: "ann" } },
  ),
  "an orphaned token that can't be seen while the clock is two days ahead": history(
    { roles: [["user ann"], []], isRepaired: true },
    { does: "fault", kind: "hang after", method: "any", skip: 0 },
    { does: "read creds", role: "a", pauseMs: 1000 },
    {
      does: "write config",
      client: 0,
      input: { token: "cyd", address: "A", verify_connection: false },
    },
    { does: "set host clock", seconds: 200_000, pauseMs: 100_000 },
  ),
  "a token that no role refers to, and another of its owner at another address": {
    ...history(
      {
        roles: [
          [null, "legacy globex-dev"],
          [null, "legacy acme-dev"],
        ],
        isRepaired: true,
      },
      { mount: 1, does: "write role", role: "b", kind: "legacy globex-dev", ttl: 0, leaves: 400 },
      { mount: 1, does: "write config", client: 0, input: { token: "ann at B", address: "B" } },
      { does: "write config", client: 0, input: { token: "ann" }, pauseMs: 1000 },
      { mount: 1, does: "write role", role: "a", kind: "legacy globex-dev", ttl: 0 },
      { mount: 1, does: "write role", role: "a", kind: "legacy acme-dev", ttl: 0 },
      { does: "rotate role", role: "b" },
      { does: "read creds", role: "a" },
    ),
    seed: 0,
  },
  "a token of the organization that is written while the mount replaces it": {
    ...history(
      {},
      { does: "write config", client: 0, input: { token: "acme" } },
      { does: "write role", role: "a", kind: "organization ACME", ttl: 0, pauseMs: 100_000 },
      { does: "fault", kind: "server error", method: "GET", skip: 0 },
    ),
    seed: 1099251553,
  },
};
