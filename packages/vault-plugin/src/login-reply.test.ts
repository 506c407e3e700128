import { expect, test } from "vitest";
import { PluginError } from "./errors.ts";
import { f } from "./fields/field.ts";
import { aliasReply, loginReply } from "./login-reply.ts";
import { definePath } from "./path.ts";
import { startTestHost } from "./testing/index.ts";

const help = { synopsis: "A path.", description: "A path." };

const login = definePath("login/:user", {
  help,
  params: { user: f.nameString({ description: "User." }) },
  update: ({ params }) =>
    loginReply({
      alias: { name: params.user },
      policies: ["dev"],
      terms: { ttl: 60, maxTtl: 600 },
      internal: { generation: 1 },
    }),
  "alias-lookahead": ({ params }) => aliasReply(params.user),
  "resolve-role": () => ({ role: "guest" }),
});

test("an auth method logs clients in, and renews with its stored data", async () => {
  let generation = 1;
  const host = await startTestHost(() => ({
    help: "",
    paths: [login],
    auth: {
      renew: async ({ login: { internal, increment } }) => {
        if (internal["generation"] !== generation)
          throw new PluginError("bad_request", "log in again");
        return { ttl: increment || 90, maxTtl: 600 };
      },
    },
  }));
  const answer = await host.write("login/ann");
  expect(answer?.login).toMatchObject({ alias: { name: "ann" }, policies: ["dev"] });
  expect(await host.renewLogin(answer?.login)).toEqual({ ttl: 90, maxTtl: 600 });
  expect(await host.renewLogin(answer?.login, 30)).toEqual({ ttl: 30, maxTtl: 600 });
  generation = 2;
  await expect(host.renewLogin(answer?.login)).rejects.toThrow("log in again");
  await expect(host.renewLogin(undefined)).rejects.toThrow("no login");
});

test("alias lookahead returns the alias before the login", async () => {
  const host = await startTestHost(() => ({ help: "", paths: [login] }));
  expect((await host.request("alias-lookahead", "login/ann"))?.login?.alias.name).toBe("ann");
  expect((await host.request("resolve-role", "login/ann"))?.data).toEqual({ role: "guest" });
});

test("a secrets engine renews no logins", async () => {
  const host = await startTestHost(() => ({ help: "", paths: [login] }));
  const answer = await host.write("login/ann");
  await expect(host.renewLogin(answer?.login)).rejects.toMatchObject({ code: "bad_request" });
});
