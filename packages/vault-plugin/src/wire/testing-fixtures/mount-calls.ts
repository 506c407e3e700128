import type { HostConnection } from "@vault-ts/go-plugin/testing";
import type { RequestLease } from "../../request.ts";
import { BackendDefinition, Request } from "../gen/pb/backend.ts";

type Methods = typeof BackendDefinition.methods;
type Sent<M extends keyof Methods> = Parameters<Methods[M]["requestType"]["encode"]>[0];
type Answered<M extends keyof Methods> = ReturnType<Methods[M]["responseType"]["decode"]>;

/** One mount as its host drives it: by its id, or as the only one of the process. */
export function mountCalls(host: HostConnection, id?: string) {
  async function call<M extends keyof Methods>(name: M, message: Sent<M>): Promise<Answered<M>> {
    const { name: method, requestType, responseType } = BackendDefinition.methods[name];
    const { finish } = bind(
      requestType as { encode(sent: Sent<M>): { finish(): Uint8Array } },
      message,
    );
    const metadata = id === undefined ? {} : { multiplex_id: id };
    return responseType.decode(
      await host.call(`/pb.Backend/${method}`, finish(), metadata),
    ) as Answered<M>;
  }
  const requestOf = (operation: string, path: string, data: unknown, lease?: RequestLease) => ({
    storageId: 0,
    request: {
      ...Request.decode(new Uint8Array()),
      id: "1",
      operation,
      path,
      data: JSON.stringify(data),
      secret: lease && {
        leaseId: lease.id,
        internalData: JSON.stringify(lease.internal),
        leaseOptions: {
          ttl: 0n,
          maxTtl: 0n,
          renewable: true,
          increment: 0n,
          issueTime: lease.issueTime,
        },
      },
    },
  });
  return {
    call,
    setup: (brokerId: number, backendUuid = "") =>
      call("setup", { brokerId, config: new Map(), backendUuid }),
    /** @param lease The one that a renewal or a revocation is about. */
    async ask(operation: string, path: string, data: unknown = null, lease?: RequestLease) {
      const { response, err } = await call(
        "handleRequest",
        requestOf(operation, path, data, lease),
      );
      return { data: JSON.parse(response?.data ?? "null"), err };
    },
    exists: (path: string) => call("handleExistenceCheck", requestOf("create", path, null)),
  };
}

const bind = <T>(codec: { encode(message: T): { finish(): Uint8Array } }, message: T) => ({
  finish: () => codec.encode(message).finish(),
});
