import * as identity from "../../../packages/vault-plugin/src/wire/gen/logical/identity.ts";
import * as plugin from "../../../packages/vault-plugin/src/wire/gen/logical/plugin.ts";
import * as version from "../../../packages/vault-plugin/src/wire/gen/logical/version.ts";
import * as backend from "../../../packages/vault-plugin/src/wire/gen/pb/backend.ts";
import { codecsOf, fuzzCodecs } from "../codecs.ts";
import { sampleRequest } from "../sample-request.ts";

const REQUEST = backend.Request.encode(sampleRequest("renew")).finish();
const CODECS = codecsOf(backend, identity, plugin, version);

/** A request, at each place that a message can have. */
export const seeds = CODECS.map((_, index) => Buffer.concat([Buffer.of(index), REQUEST]));

export const fuzz = (data: Buffer): void => fuzzCodecs(CODECS, data);
