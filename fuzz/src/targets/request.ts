import { PluginError } from "../../../packages/vault-plugin/src/errors.ts";
import { Request } from "../../../packages/vault-plugin/src/wire/gen/pb/backend.ts";
import { decodeRequest } from "../../../packages/vault-plugin/src/wire/request.ts";
import { allow, mustHold } from "../allow.ts";
import { sampleRequest } from "../sample-request.ts";

export const seeds = [
  Buffer.from('{"a":[1,null,{"b":"c"}]}'),
  Buffer.from("null"),
  Buffer.from(Request.encode(sampleRequest("revoke")).finish()),
];

/** A request of the host whose data is the input, and then one that is decoded from the input. */
export function fuzz(data: Buffer): void {
  const text = data.toString("utf8");
  const empty = Request.decode(new Uint8Array());
  check({
    ...empty,
    data: text,
    secret: { leaseId: "", internalData: text, leaseOptions: undefined },
  });

  const request = allow(
    (error) => error instanceof Error,
    () => Request.decode(data),
  );
  if (request) check(request);
}

function check(request: Request): void {
  const decoded = allow(
    (error) =>
      error instanceof PluginError && error.code === "internal" && error.cause === undefined,
    () => decodeRequest(request),
  );
  if (!decoded) return;
  mustHold(typeof decoded.data === "object" && decoded.data !== null, "data that is no object");
  mustHold(!Number.isNaN(decoded.lease?.issueTime.getTime() ?? 0), "a time that is none");
  mustHold(
    Number.isInteger(decoded.lease?.increment ?? 0),
    "an increment that isn't whole seconds",
  );
}
