import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { expect } from "vitest";
import { parseAllDocuments } from "yaml";
import { type Example, openExample } from "../support/example.ts";
import { type Answer, request } from "../support/mount.ts";
import { type OperatorManifest, operatorManifest } from "../support/operator-manifests.ts";
import { scenario } from "../support/scenario.ts";
import { selfSigned } from "../support/self-signed.ts";

const FILES = ["vault-connection.yaml", "vault-auth.yaml", "vault-dynamic-secret.yaml"];

/**
 * The manifests of the example.
 *
 * @throws for a field that the operator doesn't know, or a value that it doesn't take.
 */
async function manifestsOf(example: Example): Promise<readonly OperatorManifest[]> {
  const documents = await Promise.all(
    FILES.map(async (file) => parseAllDocuments(await example.file(file))),
  );
  return documents.flat().map((document) => v.parse(operatorManifest, document.toJS()));
}

/**
 * What the operator plans its next read by, for a manifest with `allowStaticCreds`: the last
 * rotation, a period or a schedule, and the seconds until the next rotation.
 */
function expectStaticCreds({ last_vault_rotation, rotation_period, ttl }: Answer["data"]): void {
  expect(Date.parse(String(last_vault_rotation))).toBeLessThanOrEqual(Date.now());
  expect(rotation_period).toBe(86_400);
  expect(ttl).toBeGreaterThan(86_000);
  expect(ttl).toBeLessThanOrEqual(86_400);
}

scenario(
  ["EXAMPLE_VSO"],
  "the operator's manifests match its schema, and refer to each other",
  async () => {
    await using example = await openExample("kubernetes-vso");
    const manifests = await manifestsOf(example);
    const named = (kind: OperatorManifest["kind"]) =>
      manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);
    expect(named("VaultDynamicSecret")).toHaveLength(2);
    for (const manifest of manifests) {
      if (manifest.kind === "VaultAuth") {
        expect(named("VaultConnection")).toContain(manifest.spec.vaultConnectionRef);
      }
      if (manifest.kind === "VaultDynamicSecret") {
        expect(named("VaultAuth")).toContain(manifest.spec.vaultAuthRef);
      }
    }
  },
);

scenario(
  ["EXAMPLE_VSO"],
  "the example's policy allows what the operator requests: creds, renewal, revocation",
  async () => {
    await using example = await openExample("kubernetes-vso");
    const { server, folder } = example;
    await writeFile(join(folder, "ca.crt"), (await selfSigned()).cert);
    for (const command of await example.commands()) await example.run(command);
    const [auth] = (await manifestsOf(example)).flatMap((manifest) =>
      manifest.kind === "VaultAuth" ? [manifest.spec] : [],
    );
    const role = await request(server, "GET", `auth/${auth?.mount}/role/${auth?.kubernetes.role}`);
    expect(role.data).toMatchObject({
      bound_service_account_names: [auth?.kubernetes.serviceAccount],
      token_policies: ["terraform-vso"],
    });

    // Its login needs a cluster: a token of the role's policies stands for it.
    const token = await example.run("bao token create -policy=terraform-vso -field=token");
    const secrets = (await manifestsOf(example)).flatMap((manifest) =>
      manifest.kind === "VaultDynamicSecret" ? [manifest.spec] : [],
    );
    for (const { mount, path, revoke, allowStaticCreds } of secrets) {
      const creds = await request(server, "GET", `${mount}/${path}`, undefined, token);
      expect(creds.status, path).toBe(200);
      expect(await example.statusOf(String(creds.data["token"]))).toBe(200);
      if (!revoke) {
        expect([creds.leaseId, allowStaticCreds]).toEqual(["", true]);
        expectStaticCreds(creds.data);
        continue;
      }
      expect(creds).toMatchObject({
        leaseId: expect.stringContaining(path),
        leaseDuration: 600,
        renewable: true,
      });
      const lease = { lease_id: creds.leaseId, increment: 600 };
      expect((await request(server, "PUT", "sys/leases/renew", lease, token)).status).toBe(200);
      const { lease_id } = lease;
      expect((await request(server, "PUT", "sys/leases/revoke", { lease_id }, token)).status).toBe(
        204,
      );
      await expect.poll(() => example.statusOf(String(creds.data["token"]))).toBe(401);
    }
  },
);
