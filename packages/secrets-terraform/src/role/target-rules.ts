import { enumerate } from "../enumerate.ts";
import {
  CREDENTIAL_TYPES,
  type CredentialType,
  effectiveType,
  KINDS,
  type Kind,
  NOBODY,
  TARGET_NAMES,
  type Target,
  type TargetField,
} from "../kinds/index.ts";

/** What of a role the rules are about. */
type Aimed = Target & { readonly credential_type: CredentialType | "" };

interface TargetRule {
  readonly text: string;
  readonly holds: (role: Aimed) => boolean;
}

const KIND_OF: Readonly<Record<CredentialType, Kind>> = KINDS;

const isSet = (role: Target) => (name: TargetField) => role[name] !== "";

function takes({ fields }: Kind, name: TargetField): boolean {
  return fields[name] !== undefined;
}

/** The fields that no kind takes together with a field. */
function strangersOf(name: TargetField): readonly TargetField[] {
  const kinds = CREDENTIAL_TYPES.map((type) => KIND_OF[type]).filter((kind) => takes(kind, name));
  return TARGET_NAMES.filter((other) => !kinds.some((kind) => takes(kind, other)));
}

/** Fields that nothing else can stand beside, as they name an owner on their own. */
const LONERS = TARGET_NAMES.filter((name) => strangersOf(name).length === TARGET_NAMES.length - 1);

const needed = [...new Set(CREDENTIAL_TYPES.map((type) => KIND_OF[type].needs))];

const somebody: TargetRule = {
  text: `one of ${enumerate(needed, "and")} is required`,
  holds: (role) => TARGET_NAMES.some(isSet(role)),
};

const alone = LONERS.map(
  (name): TargetRule => ({
    text: `${name} can't be combined with ${enumerate(strangersOf(name), "or")}`,
    holds: (role) => role[name] === "" || !strangersOf(name).some(isSet(role)),
  }),
);

/** A role that says organization and names a team is one of the team. */
function isOf(role: Aimed, type: CredentialType): boolean {
  return effectiveType(role) === type || role.credential_type === type;
}

const needs = CREDENTIAL_TYPES.map((type): TargetRule => {
  const { needs: name, orNeeds = [] } = KIND_OF[type];
  const otherwise = orNeeds.length > 0 ? `, or ${enumerate(orNeeds, "and")}` : "";
  return {
    text: `credential_type ${type} needs ${name}${otherwise}`,
    holds: (role) =>
      role[name] !== "" || (orNeeds.length > 0 && orNeeds.every(isSet(role))) || !isOf(role, type),
  };
});

/** Of the fields that can stand beside others, each kind takes some. */
const refusals = CREDENTIAL_TYPES.flatMap((type): readonly TargetRule[] => {
  const kind = KIND_OF[type];
  if (LONERS.includes(kind.needs)) return [];
  const remains = (name: TargetField) =>
    effectiveType({ ...NOBODY, [kind.needs]: "x", [name]: "x", credential_type: type }) === type;
  const refused = TARGET_NAMES.filter(
    (name) => !LONERS.includes(name) && !takes(kind, name) && remains(name),
  );
  if (refused.length === 0) return [];
  return [
    {
      text: `credential_type ${type} takes no ${enumerate(refused, "or")}`,
      holds: (role) => effectiveType(role) !== type || !refused.some(isSet(role)),
    },
  ];
});

/** Which fields say whose token a role is for: as the kinds have it, and nothing of its own. */
export const targetRules: readonly TargetRule[] = [
  somebody,
  ...alone,
  ...needs,
  ...refusals,
  {
    text: "team_name needs organization",
    holds: ({ team_name, organization }) => team_name === "" || organization !== "",
  },
];
