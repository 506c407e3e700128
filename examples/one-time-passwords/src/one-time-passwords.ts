/**
 * One-time passwords with a lease: each works once, for the user that it was made for, until its
 * lease ends.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  type Backend,
  definePath,
  defineSecret,
  entryType,
  f,
  KeyedLock,
  type Mount,
} from "@vault-ts/vault-plugin";
import * as v from "valibot";

const passwords = entryType(v.object({ user: v.string() }));

/** Only the hash is stored, so that a reader of the storage has no password. */
const keyOf = (password: string) =>
  `password/${createHash("sha256").update(password).digest("hex")}`;

export function createBackend({ storage }: Mount): Backend {
  const lock = new KeyedLock();

  const oneTimePassword = defineSecret({
    type: "one_time_password",
    internal: v.object({ key: v.string() }),
    renew: async () => ({ ttl: 60, maxTtl: 600 }),
    revoke: ({ internal }) => storage.delete(internal.key),
  });

  const issue = definePath("password/:user", {
    help: {
      synopsis: "Makes a one-time password.",
      description: "A new password for the user, which works once, as long as its lease lasts.",
    },
    params: { user: f.nameString({ description: "Who the password is for." }) },
    fields: {
      length: f.int({
        description: "How many characters it has.",
        query: true,
        allowedValues: [16, 24, 32],
        default: 24,
      }),
    },
    async read({ params, input }) {
      const password = randomBytes(32)
        .toString("base64url")
        .slice(0, input.length ?? 24);
      await passwords.put(storage, keyOf(password), { user: params.user });
      return oneTimePassword.issue({
        data: { password },
        internal: { key: keyOf(password) },
        terms: { ttl: 60, maxTtl: 600 },
      });
    },
  });

  const verify = definePath("verify", {
    help: {
      synopsis: "Uses a one-time password up.",
      description:
        "Tells whether the password is valid, and whose it is. It is not valid a second time.",
    },
    params: {},
    fields: {
      password: f.string({ description: "The password.", required: true, sensitive: true }),
    },
    // One at a time for each password: two at once must not both find it.
    async update({ input, signal }) {
      const key = keyOf(input.password.reveal());
      using _held = await lock.acquire([key], signal);
      const found = await passwords.get(storage, key);
      await storage.delete(key);
      return found ? { valid: true, user: found.user } : { valid: false };
    },
  });

  return {
    help: "Makes one-time passwords, and tells whether one is valid.",
    paths: [issue, verify],
    secrets: [oneTimePassword],
  };
}
