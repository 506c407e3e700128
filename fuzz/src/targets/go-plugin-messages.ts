import * as health from "../../../packages/go-plugin/src/gen/grpc_health/health.ts";
import * as broker from "../../../packages/go-plugin/src/gen/plugin/broker.ts";
import * as controller from "../../../packages/go-plugin/src/gen/plugin/controller.ts";
import * as stdio from "../../../packages/go-plugin/src/gen/plugin/stdio.ts";
import * as multiplexing from "../../../packages/go-plugin/src/gen/pluginutil/multiplexing.ts";
import { codecsOf, fuzzCodecs } from "../codecs.ts";

const ADDRESS = broker.ConnInfo.encode({
  serviceId: 7,
  network: "unix",
  address: "/tmp/plugin7",
  knock: { knock: true, ack: false, error: "no" },
}).finish();
const CODECS = codecsOf(health, broker, controller, stdio, multiplexing);

/** The address of a brokered service, at each place that a message can have. */
export const seeds = CODECS.map((_, index) => Buffer.concat([Buffer.of(index), ADDRESS]));

export const fuzz = (data: Buffer): void => fuzzCodecs(CODECS, data);
