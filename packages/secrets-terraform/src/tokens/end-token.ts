import type { TerraformCloud } from "@vault-ts/terraform-cloud";
import { isNotFound } from "../upstream-error.ts";

/**
 * Ends a token at Terraform Cloud, by the call that is given. One that is gone already is fine; but "not found" is also what a token without
 * rights is told: only a configured token that works can say that the other is gone.
 *
 * @returns whether it was there.
 * @throws TerraformCloudError
 */
export async function endToken(
  client: TerraformCloud,
  end: () => Promise<void>,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await end();
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await client.account.details(signal);
    return false;
  }
}
