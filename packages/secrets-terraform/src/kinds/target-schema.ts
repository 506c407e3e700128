import * as v from "valibot";
import { TARGET_NAMES, type TargetField } from "./index.ts";

type TargetSchemas = Readonly<Record<TargetField, v.OptionalSchema<v.StringSchema<undefined>, "">>>;

/**
 * The fields that say whose token something is, in an entry of the storage; one that isn't there is
 * not set.
 */
export const targetSchemas = Object.fromEntries(
  TARGET_NAMES.map((name) => [name, v.optional(v.string(), "")]),
) as TargetSchemas;
