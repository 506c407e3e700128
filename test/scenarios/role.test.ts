import { expect } from "vitest";
import { newMount, request } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["ROLE_FIELDS", "ROLE_TYPE"],
  "a role's read returns what was written, and the effective type of its token",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization, teamId } = mount.simulator.credentials;
    const roles: readonly [
      name: string,
      written: Record<string, unknown>,
      read: Record<string, unknown>,
    ][] = [
      [
        "user",
        { user_id: "user-12345abcde", ttl: "1h", max_ttl: "2d" },
        { ttl: 3600, max_ttl: 172_800, effective_credential_type: "user" },
      ],
      [
        "organization",
        { organization },
        { ttl: 0, max_ttl: 0, effective_credential_type: "organization" },
      ],
      [
        "legacy",
        { team_id: teamId },
        { ttl: 0, max_ttl: 0, effective_credential_type: "team_legacy" },
      ],
      [
        "both",
        { organization, team_id: teamId },
        { ttl: 0, max_ttl: 0, effective_credential_type: "team_legacy" },
      ],
      [
        "team",
        { team_id: teamId, credential_type: "team", description: "for tests" },
        { ttl: 0, max_ttl: 0, effective_credential_type: "team" },
      ],
    ];
    for (const [name, written, read] of roles) {
      expect((await mount.write(`role/${name}`, written)).status).toBe(204);
      const { status, data } = await mount.read(`role/${name}`);
      expect(status).toBe(200);
      expect(data).toEqual({ ...written, name, ...read });
    }
  },
);

scenario(
  ["ROLE_MERGE"],
  "a write leaves absent fields unchanged; an empty string or 0 clears",
  async () => {
    await using mount = await newMount(use.server);
    const { teamId } = mount.simulator.credentials;
    await mount.write("role/a", {
      team_id: teamId,
      credential_type: "team",
      description: "x",
      ttl: 60,
      max_ttl: 120,
    });
    await mount.write("role/a", { ttl: 90 });
    expect((await mount.read("role/a")).data).toEqual({
      name: "a",
      team_id: teamId,
      credential_type: "team",
      effective_credential_type: "team",
      description: "x",
      ttl: 90,
      max_ttl: 120,
    });
    await mount.write("role/a", {
      description: "",
      ttl: 0,
      team_id: "",
      user_id: "user-12345abcde",
      credential_type: "",
    });
    expect((await mount.read("role/a")).data).toEqual({
      name: "a",
      user_id: "user-12345abcde",
      effective_credential_type: "user",
      ttl: 0,
      max_ttl: 120,
    });
  },
);

const USER_ALONE =
  "user_id can't be combined with organization, team_id, team_name or agent_pool_id";

scenario(
  ["ROLE_RULES"],
  "a role that contradicts itself is rejected with the rule, and nothing is stored",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const team_id = mount.simulator.credentials.teamId;
    const refused: readonly [written: Record<string, unknown>, says: string][] = [
      [{}, "one of user_id, organization, team_id and agent_pool_id is required"],
      [{ user_id: "user-1", organization: "o" }, USER_ALONE],
      [{ user_id: "user-1", team_id }, USER_ALONE],
      [
        { agent_pool_id: "apool-1", organization: "o" },
        "agent_pool_id can't be combined with user_id, organization, team_id or team_name",
      ],
      [
        { user_id: "user-1", credential_type: "team" },
        "credential_type team needs team_id, or organization and team_name",
      ],
      [
        { organization: "o", team_id, credential_type: "audit_trails" },
        "credential_type audit_trails takes no team_id or team_name",
      ],
      [
        { organization: "o", ttl: 60, credential_type: "audit_trails" },
        "credential_type audit_trails takes no description, ttl or max_ttl: leave them out",
      ],
      [
        { user_id: "user-1", credential_type: "organization" },
        "credential_type organization needs organization",
      ],
      [{ organization: "o", credential_type: "user" }, "credential_type user needs user_id"],
      [{ user_id: "user-1", ttl: "2h", max_ttl: "1h" }, "ttl can't be greater than max_ttl"],
      [
        { team_id, ttl: "1h" },
        "credential_type team_legacy takes no description, ttl or max_ttl: use credential_type team",
      ],
      [
        { team_id, description: "x" },
        "credential_type team_legacy takes no description, ttl or max_ttl: use credential_type team",
      ],
    ];
    for (const [written, says] of refused) {
      const answer = await mount.write("role/a", written);
      expect(answer).toMatchObject({ status: 400, errors: [says] });
      expect((await mount.read("role/a")).status).toBe(404);
    }
    expect(
      (await mount.write("role/a", { team_id, ttl: 0, max_ttl: 0, description: "" })).status,
    ).toBe(204);
  },
);

scenario(
  ["ROLE_DELETE"],
  "roles are written with update alone, and deleting one that doesn't exist succeeds",
  async () => {
    await using mount = await newMount(use.server);
    const policy = `path "${mount.path}/role/*" { capabilities = ["update", "delete"] }`;
    await request(use.server, "PUT", `sys/policies/acl/${mount.path}`, { policy });
    const { body } = await use.server.request("POST", "auth/token/create", {
      policies: [mount.path],
    });
    const token = (body as { auth: { client_token: string } }).auth.client_token;
    const role = `${mount.path}/role/a`;
    expect((await request(use.server, "PUT", role, { user_id: "user-1" }, token)).status).toBe(204);
    expect((await request(use.server, "DELETE", role, undefined, token)).status).toBe(204);
    expect((await mount.read("role/a")).status).toBe(404);
    expect((await request(use.server, "DELETE", role, undefined, token)).status).toBe(204);
  },
);

scenario(["ROLE_LIST"], "roles are listed by name, sorted", async () => {
  await using mount = await newMount(use.server);
  expect((await mount.list("role")).status).toBe(404);
  for (const name of ["b", "c", "a"]) await mount.write(`role/${name}`, { user_id: "user-1" });
  expect((await mount.list("role")).data).toEqual({ keys: ["a", "b", "c"] });
  expect((await mount.list("role/")).data).toEqual({ keys: ["a", "b", "c"] });
  expect((await mount.list("role?limit=2")).data).toEqual({ keys: ["a", "b"] });
  expect((await mount.list("role?after=a&limit=1")).data).toEqual({ keys: ["b"] });
  expect((await mount.list("role?after=B")).data).toEqual({ keys: ["c"] });
  expect((await mount.list("role?limit=-1")).data).toEqual({ keys: ["a", "b", "c"] });
  expect((await mount.list("role?after=c")).status).toBe(404);
  expect(await mount.list("role?limit=x")).toMatchObject({
    status: 400,
    errors: ['Field validation failed: field "limit" must be a whole number'],
  });
});

scenario(
  ["ROLE_NAMES"],
  "names are not case-sensitive on any path, and have at most 128 characters",
  async () => {
    await using mount = await newMount(use.server);
    await mount.configure();
    const { organization } = mount.simulator.credentials;
    await mount.write("role/Main.Role-1", { organization });
    expect((await mount.read("role/MAIN.ROLE-1")).data["name"]).toBe("main.role-1");
    expect((await mount.read("creds/mAIN.rOLE-1")).data["role"]).toBe("main.role-1");
    expect((await mount.write("rotate-role/MAIN.role-1")).status).toBe(204);
    expect((await mount.delete("role/MAIN.role-1")).status).toBe(204);
    expect((await mount.list("role")).status).toBe(404);

    const long = await mount.write(`role/${"a".repeat(129)}`, { user_id: "user-1" });
    expect(long).toMatchObject({
      status: 400,
      errors: ['Field validation failed: field "name" must be at most 128 characters'],
    });
    const longest = await mount.write(`role/${"a".repeat(128)}`, { user_id: "user-12345abcde" });
    expect(longest.status).toBe(204);
  },
);
