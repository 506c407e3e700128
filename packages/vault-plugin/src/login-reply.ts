import { PluginError } from "./errors.ts";
import type { AuthMethod, Login } from "./login.ts";
import { Reply } from "./reply.ts";
import type { Request, RequestLogin } from "./request.ts";

/** Returns the reply that logs a client in. */
export function loginReply(login: Login, warnings: readonly string[] = []): Reply {
  return new Reply({ login, warnings });
}

/**
 * Returns the reply to an alias lookahead: who would log in with this request, for quotas and
 * lockouts.
 */
export function aliasReply(name: string): Reply {
  return new Reply({ login: { alias: { name }, policies: [], terms: { ttl: 0, maxTtl: 0 } } });
}

/**
 * Renews a login's token.
 *
 * @throws PluginError `bad_request` if the backend isn't an auth method.
 */
export async function renewLogin(
  auth: AuthMethod | undefined,
  request: Request,
  login: RequestLogin,
  signal: AbortSignal,
): Promise<Reply> {
  if (!auth) throw new PluginError("bad_request", "this plugin has no logins to renew");
  return new Reply({ loginTerms: await auth.renew({ login, request, signal }) });
}
