export type { Channel } from "./grpc/channel.ts";
export { type Client, createClient } from "./grpc/client.ts";
export type { CallOptions } from "./grpc/client-call.ts";
export {
  type Call,
  type Service,
  type ServiceDefinition,
  type ServiceHandlers,
  service,
} from "./grpc/service.ts";
export { GrpcCode, GrpcError } from "./grpc/status.ts";
export type { HandshakeConfig } from "./handshake.ts";
export type { PluginHost } from "./host-server.ts";
export { createLogger, type LogFields, type Logger } from "./logger.ts";
export { type ServeOptions, serve } from "./serve.ts";
export type { Broker } from "./services/broker.ts";
export type { KeyPair } from "./tls/certificate.ts";
export type { SharedKeyPair } from "./tls/host-tls.ts";
