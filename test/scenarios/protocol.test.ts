import { createClient } from "@vault-ts/go-plugin";
import { connectHost, type HostConnection } from "@vault-ts/go-plugin/testing";
import { expect } from "vitest";
import { BackendDefinition, Request } from "../../packages/vault-plugin/src/wire/gen/pb/backend.ts";
import { mountServices } from "../../packages/vault-plugin/src/wire/testing-fixtures/mount-services.ts";
import { both, makeCertificate, startForOldHost, wrap } from "../support/old-host.ts";
import { scenario } from "../support/scenario.ts";
import { useServer } from "../support/use-server.ts";

const use = useServer();

/** One request to the one mount that the process has: it names none. */
async function ask(
  { channel }: HostConnection,
  operation: string,
  path: string,
  data: unknown = null,
) {
  const empty = Request.decode(new Uint8Array());
  const request = { ...empty, id: "1", operation, path, data: JSON.stringify(data) };
  const { response, err } = await createClient(BackendDefinition, channel).handleRequest({
    storageId: 0,
    request,
  });
  return { data: JSON.parse(response?.data ?? "null"), err: err?.errMsg };
}

scenario(
  ["PROTOCOL_WRAPPED"],
  "a host of protocol 4 wraps its certificate, and the plugin unwraps it and accepts no other",
  async () => {
    const certificate = await makeCertificate();
    const token = await wrap(use.server, certificate);
    const plugin = startForOldHost(both("UNWRAP_TOKEN", token));
    const [core, version, network, path = "", protocol, announced] = await plugin.line;
    expect([core, version, network, protocol, announced]).toEqual(["1", "4", "unix", "grpc", ""]);

    const tls = { host: certificate, plugin: certificate.certificate };
    const host = await connectHost(path, tls);
    await host.serve(1, mountServices());
    const backend = createClient(BackendDefinition, host.channel);
    expect(await backend.setup({ brokerId: 1, config: new Map(), backendUuid: "" })).toEqual({
      err: "",
    });
    expect((await ask(host, "read", "config")).data).toBeNull();
    const settings = { token: "a-token", verify_connection: false };
    expect((await ask(host, "update", "config", settings)).err).toBeUndefined();
    expect((await ask(host, "read", "config")).data).toMatchObject({
      address: "https://app.terraform.io",
    });

    const stranger = await makeCertificate();
    const refused = connectHost(path, { host: stranger, plugin: certificate.certificate });
    const answer = refused.then(({ channel }) => createClient(BackendDefinition, channel).type({}));
    await expect(answer).rejects.toThrow();
    await expect.poll(plugin.stderr).toContain("rejected a connection");

    await host[Symbol.asyncDispose]();
    expect(await plugin.ended).toBe(0);

    const second = startForOldHost(both("UNWRAP_TOKEN", token));
    expect(await second.ended).toBe(1);
    const reason = `${use.server.address} responded to the unwrap token with HTTP status 400`;
    for (const output of [second.stdout(), second.stderr()]) expect(output).toContain(reason);
    expect(plugin.stderr() + second.stderr() + second.stdout()).not.toContain(token);
  },
);

scenario(
  ["PROTOCOL_METADATA"],
  "in metadata mode the plugin serves its type without TLS, and unwraps nothing",
  async () => {
    const token = await wrap(use.server, await makeCertificate());
    const plugin = startForOldHost({
      PLUGIN_PROTOCOL_VERSIONS: "3",
      ...both("UNWRAP_TOKEN", token),
      ...both("PLUGIN_METADATA_MODE", "true"),
    });
    const [, version, , path = "", , announced] = await plugin.line;
    expect([version, announced]).toEqual(["3", ""]);
    const host = await connectHost(path);
    await host.serve(1, mountServices());
    const backend = createClient(BackendDefinition, host.channel);
    expect(await backend.setup({ brokerId: 1, config: new Map(), backendUuid: "" })).toEqual({
      err: "",
    });
    expect(await backend.type({})).toEqual({ type: 1 });
    await host[Symbol.asyncDispose]();
    expect(await plugin.ended).toBe(0);

    const { status } = await use.server.request("PUT", "sys/wrapping/unwrap", undefined, { token });
    expect(status).toBe(200);
  },
);
