import { storedKind } from "./kind.ts";
import { organizationFields, seesOrganization } from "./organization.ts";

export const auditTrails = storedKind({
  type: "audit_trails",
  help: "the audit trails token of an organization, stored until it is rotated; HCP Terraform only",
  fields: organizationFields,
  needs: "organization",
  isAdoptable: false,
  ownerType: "audit_trails",
  policyType: "audit_trails",
  leaseRemedy: "leave them out",
  notFoundHint:
    "the organization doesn't exist, the mount's token lacks permission to manage its tokens, or the organization lacks the audit-logging entitlement",
  entitlement: { name: "audit-logging", organizationOf: async (_client, { id }) => id },
  tokensOf: (client) => client.auditTrailsTokens,
  organizationOf: async (_client, { id }) => id,
  sees: seesOrganization,
});
