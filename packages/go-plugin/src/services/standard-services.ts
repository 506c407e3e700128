import { HealthCheckResponse_ServingStatus, HealthDefinition } from "../gen/grpc_health/health.ts";
import { GRPCControllerDefinition } from "../gen/plugin/controller.ts";
import { PluginMultiplexingDefinition } from "../gen/pluginutil/multiplexing.ts";
import { type Service, service } from "../grpc/service.ts";

/** The services that every plugin has in addition to its own. */
export function standardServices(shutdown: () => void): Service[] {
  const serving = { status: HealthCheckResponse_ServingStatus.SERVING };
  return [
    service(HealthDefinition, {
      check: async () => serving,
      async *watch(_, { signal }) {
        yield serving;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      },
    }),
    service(PluginMultiplexingDefinition, {
      multiplexingSupport: async () => ({ supported: true }),
    }),
    service(GRPCControllerDefinition, {
      async shutdown() {
        shutdown();
        return {};
      },
    }),
  ];
}
