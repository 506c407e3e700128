import type { Simulator, WorldToken } from "@vault-ts/terraform-cloud/simulator";

const organization = "hashicorp-vault-testing";
const team_id = "team-TUfzPAhqQ7xbfVwR";

/** A token that a mount is configured with, by whose and of what kind it is. */
export interface RootKind {
  readonly name: string;
  /** As config reads it. */
  readonly owner: { readonly token_owner_type: string; readonly owner_id: string };
  /** Whether creating another one deletes it. */
  readonly isSingle: boolean;
  /** A role that the token can create tokens for. */
  readonly role: Readonly<Record<string, unknown>>;
  /** Creates one, as Terraform Cloud does: where the owner has but one, that before is deleted. */
  grant(simulator: Simulator): WorldToken;
  /** Those that are alive, the mount's roles aside. */
  tokensOf(simulator: Simulator): readonly WorldToken[];
}

function kind(
  name: string,
  type: "users" | "teams" | "organizations",
  id: string,
  description: string | null,
  role: RootKind["role"],
): RootKind {
  const isSingle = description === null;
  const isMeant = (text: string | null) =>
    isSingle ? text === null : text === description || /root token vault-/.test(text ?? "");
  const tokensOf: RootKind["tokensOf"] = ({ world, credentials }) =>
    world.tokens.filter(
      (token) =>
        token.owner.type === type &&
        token.owner.id === id &&
        token.text !== credentials.token &&
        isMeant(token.description),
    );
  return {
    name,
    owner: { token_owner_type: type.slice(0, -1), owner_id: id },
    isSingle,
    role,
    grant(simulator) {
      const { world } = simulator;
      for (const before of isSingle ? tokensOf(simulator) : []) world.delete(before);
      return world.grant({ type, id }, { description });
    },
    tokensOf,
  };
}

/** Each kind of token that a mount can be configured with. */
export const ROOT_KINDS = [
  kind("user", "users", "user-12345abcde", "mine", { user_id: "user-12345abcde" }),
  kind("team", "teams", team_id, "ours", { team_id, credential_type: "team" }),
  kind("legacy team", "teams", team_id, null, { team_id, credential_type: "team" }),
  kind("organization", "organizations", organization, null, { team_id, credential_type: "team" }),
  kind("organization that a role stores", "organizations", organization, null, { organization }),
] as const;
