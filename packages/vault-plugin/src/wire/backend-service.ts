import { type Broker, type Call, type Channel, type Service, service } from "@vault-ts/go-plugin";
import { type Backend, type BackendFactory, specialPathsOf } from "../backend.ts";
import { PluginError } from "../errors.ts";
import { handleExistenceCheck, handleRequest } from "../handle-request.ts";
import type { Logger, Mount } from "../mount.ts";
import { encodeCheckError, encodeError } from "./errors.ts";
import { BackendDefinition, type HandleRequestReply } from "./gen/pb/backend.ts";
import { encodeErrorReply, encodeReply } from "./reply.ts";
import { decodeRequest } from "./request.ts";
import { remoteStorage } from "./storage.ts";
import { remoteSystemView } from "./system-view.ts";

/** The protocol's numbers for a secrets engine and an auth method. */
const TYPE = { logical: 1, credential: 2 } as const;

/**
 * A user's mistake is sent as a response, which a host audits; it would only log an error. But when
 * it renews or revokes, a host recognizes only an error.
 */
const ABOUT_LEASES: ReadonlySet<string> = new Set(["renew", "revoke"]);

interface Instance {
  readonly backend: Backend;
  readonly mount: Mount;
  readonly channel: Channel;
}

/** The service that a host calls for its mounts: each call has the id of its mount. */
export function backendService(factory: BackendFactory, broker: Broker, logger: Logger): Service {
  const instances = new Map<string, Instance>();

  const instanceOf = (call: Call): Instance => {
    const instance = instances.get(instanceId(call));
    if (!instance)
      throw new PluginError("internal", "the host called a mount that it had not set up");
    return instance;
  };

  const errorOf = (error: unknown): PluginError => {
    if (error instanceof PluginError) return error;
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    logger.error("a handler threw an unexpected error", { name, message, stack });
    return new PluginError(
      "internal",
      "internal error of the plugin; see the server's log for details",
    );
  };

  return service(BackendDefinition, {
    async setup({ brokerId, backendUuid }, call) {
      const id = instanceId(call);
      const channel = await broker.dial(brokerId);
      const mount: Mount = {
        storage: remoteStorage(channel),
        system: remoteSystemView(channel),
        logger,
        clock: { now: () => Date.now() },
        uuid: backendUuid,
      };
      try {
        instances.set(id, { backend: factory(mount), mount, channel });
        return { err: "" };
      } catch (error) {
        channel.close();
        return { err: errorOf(error).message };
      }
    },

    async type(_, call) {
      return { type: instanceOf(call).backend.auth ? TYPE.credential : TYPE.logical };
    },

    async specialPaths(_, call) {
      const special = specialPathsOf(instanceOf(call).backend);
      return {
        paths: {
          root: [...(special.root ?? [])],
          unauthenticated: [...(special.unauthenticated ?? [])],
          localStorage: [...(special.localStorage ?? [])],
          sealWrapStorage: [...(special.sealWrapStorage ?? [])],
          writeForwardedStorage: [],
          binary: [],
          limited: [],
          allowSnapshotRead: [],
        },
      };
    },

    async initialize(_, call) {
      try {
        await instanceOf(call).backend.initialize?.();
        return { err: undefined };
      } catch (error) {
        return { err: encodeError(errorOf(error)) };
      }
    },

    async handleRequest({ request }, call): Promise<HandleRequestReply> {
      try {
        const { backend, mount } = instanceOf(call);
        const reply = await handleRequest(backend, mount, decodeRequest(request), call);
        return { response: reply && encodeReply(reply, request?.auth), err: undefined };
      } catch (caught) {
        const error = errorOf(caught);
        const isMistake =
          error.code === "bad_request" && !ABOUT_LEASES.has(request?.operation ?? "");
        if (isMistake) return { response: encodeErrorReply(error.message), err: undefined };
        return { response: undefined, err: encodeError(error) };
      }
    },

    async handleExistenceCheck({ request }, call) {
      try {
        const { backend } = instanceOf(call);
        const exists = await handleExistenceCheck(backend, decodeRequest(request), call.signal);
        return { checkFound: exists !== undefined, exists: exists ?? false, err: undefined };
      } catch (error) {
        return { checkFound: false, exists: false, err: encodeCheckError(errorOf(error)) };
      }
    },

    async invalidateKey({ key }, call) {
      instanceOf(call).backend.invalidate?.(key);
      return {};
    },

    async cleanup(_, call) {
      const { backend, channel } = instanceOf(call);
      instances.delete(instanceId(call));
      try {
        await backend.cleanup?.();
      } catch (error) {
        errorOf(error);
      }
      channel.close();
      return {};
    },
  });
}

/** Hosts without multiplexing have one mount in a process, and send no id. */
function instanceId(call: Call): string {
  return call.metadata.get("multiplex_id") ?? "single";
}
