import { Validator } from "@seriousme/openapi-schema-validator";
import { expect } from "vitest";
import { openApiExplorer } from "../support/api-explorer.ts";
import { openBrowser } from "../support/browser.ts";
import { findChromium, NO_CHROMIUM } from "../support/chromium.ts";
import { newMount } from "../support/mount.ts";
import { scenario } from "../support/scenario.ts";
import { hasWebUi } from "../support/server-behaviour.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

scenario(
  ["UI_API_EXPLORER"],
  "the web UI's API explorer lists, explains and runs the paths",
  async ({ skip }) => {
    const chromium = await findChromium();
    if (!chromium) return skip(NO_CHROMIUM);
    if (!(await hasWebUi(use.server))) return skip("the server was built without its web UI");
    await using mount = await newMount(use.server);
    await using browser = await openBrowser(chromium);
    const explorer = await openApiExplorer(browser, use.server, `${mount.path}/`);
    const below = (operation: string) => operation.replace(" ", ` /${mount.path}/`);

    expect(await explorer.operations()).toEqual(
      [
        "GET check",
        "GET check/{name}",
        "GET config",
        "POST config",
        "PATCH config",
        "DELETE config",
        "GET creds/{name}",
        "POST creds/{name}",
        "GET role",
        "GET role/{name}",
        "POST role/{name}",
        "PATCH role/{name}",
        "DELETE role/{name}",
        "POST rotate-role/{name}",
        "POST rotate-root",
        "GET status",
        "GET status/{name}",
        "POST tidy",
      ].map(below),
    );

    const config = await explorer.fields(below("POST config"));
    expect([...config.keys()]).toEqual([
      "address",
      "base_path",
      "ca_cert",
      "disable_automated_rotation",
      "drift_check_period",
      "explicit_max_ttl",
      "request_timeout",
      "rotation_period",
      "rotation_schedule",
      "rotation_window",
      "token",
      "verify_connection",
    ]);
    expect(config.get("token")).toContain("API token that the mount uses to call Terraform Cloud.");
    expect(config.get("token")).toContain('{"name":"Token","sensitive":true}');
    expect(config.get("address")).toContain("default: https://app.terraform.io");
    const role = await explorer.fields(below("POST role/{name}"));
    expect(role.get("credential_type")).toContain(
      "[ user, organization, team_legacy, team, agent, metrics, audit_trails ]",
    );
    expect(role.get("ttl")).toContain("integer($seconds)");

    const { address, credentials } = mount.simulator;
    const configured = await explorer.run(below("POST config"), {
      body: { address, token: credentials.token },
    });
    expect(configured).toEqual({ status: "204", body: undefined });
    const written = await explorer.run(below("POST role/{name}"), {
      parameters: { name: "my-role" },
      body: { user_id: "user-12345abcde", ttl: "1h" },
    });
    expect(written).toEqual({ status: "204", body: undefined });

    const creds = await explorer.run(below("GET creds/{name}"), {
      parameters: { name: "my-role" },
    });
    expect(creds.status).toBe("200");
    const { lease_duration, data } = JSON.parse(creds.body ?? "");
    expect(lease_duration).toBe(3600);
    expect(await mount.statusOf(data.token)).toBe(200);

    const listed = await explorer.run(below("GET role"));
    expect(listed.status).toBe("200");
    expect(JSON.parse(listed.body ?? "").data).toEqual({ keys: ["my-role"] });

    expect(await explorer.errors()).toEqual([]);
    expect(explorer.complaints).toEqual([]);
  },
);

scenario(
  ["OPENAPI"],
  "the server's OpenAPI document is valid, and describes the whole mount",
  async () => {
    await using mount = await newMount(use.server);
    const { body } = await use.server.request("GET", "sys/internal/specs/openapi");
    const validator = new Validator();
    expect(await validator.validate(body as Record<string, unknown>)).toEqual({ valid: true });
    const { paths } = validator.resolveRefs() as { paths: Record<string, Record<string, unknown>> };
    expect(paths[`/${mount.path}/config`]?.["post"]).toMatchObject({
      requestBody: {
        content: { "application/json": { schema: { properties: { token: { type: "string" } } } } },
      },
    });
    expect(paths[`/${mount.path}/creds/{name}`]?.["get"]).toMatchObject({
      responses: {
        200: {
          content: {
            "application/json": { schema: { properties: { token_id: { type: "string" } } } },
          },
        },
      },
    });
  },
);
