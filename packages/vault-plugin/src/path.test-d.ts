/** What must not compile: checked by `npm run typecheck`, never run. */
import { clearNulls } from "./fields/clear-nulls.ts";
import { f, type Input } from "./fields/field.ts";
import { definePath } from "./path.ts";
import type { Redacted } from "./redacted.ts";

const help = { synopsis: "", description: "" };
const name = f.nameString({ description: "" });
const fields = {
  size: f.int({ description: "" }),
  kind: f.string({ description: "", allowedValues: ["big", "small"] }),
  owner: f.string({ description: "", required: true }),
  pin: f.int({ description: "", sensitive: true }),
};

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(_: T): void => {};

definePath("item/:name", {
  help,
  params: { name },
  fields,
  update: async ({ params, input }) => {
    same<Equal<typeof params.name, string>>(true);
    same<Equal<typeof input.size, number | undefined>>(true);
    same<Equal<typeof input.kind, "big" | "small" | undefined>>(true);
    same<Equal<typeof input.owner, string>>(true);
    same<Equal<typeof input.pin, Redacted<number> | undefined>>(true);
    // @ts-expect-error a parameter that the pattern hasn't
    params.nmae;
    // @ts-expect-error a field that isn't defined
    input.sise;
  },
  // What has no whole body may lack what is required.
  read: ({ input }) => {
    same<Equal<typeof input.owner, string | undefined>>(true);
    return {};
  },
  patch: async ({ input }) => {
    // What is required can't be cleared.
    same<Equal<typeof input.owner, string | undefined>>(true);
    same<Equal<typeof input.kind, "big" | "small" | null | undefined>>(true);
    same<Equal<typeof input.pin, Redacted<number> | null | undefined>>(true);
    same<Equal<ReturnType<typeof clearNulls<typeof fields>>["kind"], "big" | "small" | undefined>>(
      true,
    );
    clearNulls(fields, input);
    // @ts-expect-error a null that is still there
    const updated: Partial<Input<typeof fields>> = input;
    return updated;
  },
});

// @ts-expect-error a parameter of the pattern without its definition
definePath("item/:name", { help, params: {} });

// @ts-expect-error a parameter that the pattern hasn't
definePath("item/:name", { help, params: { name, other: name } });

definePath("item/:name", {
  help,
  params: { name },
  returns: { size: f.int({ description: "" }) },
  // @ts-expect-error a read that answers something else than it says
  read: () => ({ size: "large" }),
});

// @ts-expect-error a default that isn't of the field's type
f.int({ description: "", default: "one" });

// @ts-expect-error a required field that is missing
const missing: Input<typeof fields> = { size: 1 };
same<Equal<typeof missing, Input<typeof fields>>>(true);
