export { heldTokens, memoryMount, uncommitted } from "./memory-mount.ts";
export { type MountClient, OPERATIONS, type Operation, rootTokenFor } from "./operations.ts";
export { ROOT_KINDS, type RootKind } from "./root-tokens.ts";
