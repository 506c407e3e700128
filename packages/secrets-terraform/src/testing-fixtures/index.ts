export { heldTokens, memoryMount, uncommitted } from "./memory-mount.ts";
export { type MountClient, OPERATIONS, type Operation } from "./operations.ts";
export { ROOT_KINDS, type RootKind } from "./root-tokens.ts";
