import * as v from "valibot";

/** What Kubernetes takes for the name of an object. */
const name = v.pipe(v.string(), v.regex(/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/));
const duration = v.pipe(v.string(), v.regex(/^\d+(?:\.\d+)?[smh]$/));

const manifest = <K extends string, S extends v.GenericSchema>(kind: K, spec: S) =>
  v.strictObject({
    apiVersion: v.literal("secrets.hashicorp.com/v1beta1"),
    kind: v.literal(kind),
    metadata: v.strictObject({ name, namespace: name }),
    spec,
  });

/**
 * The kinds of Vault Secrets Operator that the examples use, with those of their fields that
 * examples may need: any other is an error.
 */
export const operatorManifest = v.variant("kind", [
  manifest(
    "VaultConnection",
    v.strictObject({
      address: v.string(),
      caCertSecretRef: v.optional(name),
      tlsServerName: v.optional(v.string()),
    }),
  ),
  manifest(
    "VaultAuth",
    v.strictObject({
      vaultConnectionRef: name,
      method: v.picklist(["kubernetes", "jwt", "appRole", "aws", "gcp"]),
      mount: v.string(),
      kubernetes: v.strictObject({
        role: v.string(),
        serviceAccount: name,
        audiences: v.optional(v.array(v.string())),
      }),
    }),
  ),
  manifest(
    "VaultDynamicSecret",
    v.strictObject({
      vaultAuthRef: name,
      mount: v.string(),
      path: v.string(),
      renewalPercent: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(90))),
      revoke: v.optional(v.boolean()),
      allowStaticCreds: v.optional(v.boolean()),
      refreshAfter: v.optional(duration),
      destination: v.strictObject({ name, create: v.optional(v.boolean()) }),
      rolloutRestartTargets: v.optional(
        v.array(
          v.strictObject({
            kind: v.picklist(["Deployment", "DaemonSet", "StatefulSet", "argo.Rollout"]),
            name,
          }),
        ),
      ),
    }),
  ),
]);

export type OperatorManifest = v.InferOutput<typeof operatorManifest>;
