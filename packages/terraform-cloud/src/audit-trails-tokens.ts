import { accountApi } from "./account.ts";
import { type Api, path } from "./api.ts";
import { type SingleTokensApi, singleTokensApi } from "./single-tokens.ts";
import { TerraformCloudError } from "./terraform-cloud-error.ts";

const HCP_TERRAFORM = "HCP Terraform";

/**
 * The audit trails token of an organization, which only HCP Terraform has. Terraform Enterprise
 * ignores the query and takes each of these calls for one about the organization's own token.
 * Therefore each call first reads the account details, whose response names the server's edition.
 */
export function auditTrailsTokensApi(api: Api): SingleTokensApi {
  const tokens = singleTokensApi(
    api,
    "the audit trails token of organization",
    (name) => `${path`organizations/${name}/authentication-token`}?token=audit-trails`,
  );
  const guarded = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    await requireHcpTerraform(api, name);
    return await call();
  };
  return {
    create: (name, options) => guarded(name, () => tokens.create(name, options)),
    read: (name) => guarded(name, () => tokens.read(name)),
    delete: (name) => guarded(name, () => tokens.delete(name)),
  };
}

/** @throws TerraformCloudError `unsupported` unless the server says that it is HCP Terraform. */
async function requireHcpTerraform(api: Api, name: string): Promise<void> {
  await accountApi(api).details();
  const appName = api.appName();
  if (appName === HCP_TERRAFORM) return;
  const says =
    appName === undefined
      ? "this server doesn't identify itself as"
      : `this server identifies itself as ${appName}, not as`;
  throw new TerraformCloudError(
    "unsupported",
    `managing the audit trails token of organization "${name}" failed: ${says} HCP Terraform; only HCP Terraform has audit trails tokens`,
  );
}
