import { SimulatorError } from "./simulator-error.ts";

export interface Workspace {
  readonly id: string;
  readonly name: string;
  /** The name of its organization. */
  readonly organization: string;
}

/**
 * The workspaces of all organizations, and which of them are locked. Runs are local: there are none
 * here, and no states.
 */
export class Workspaces {
  readonly #all: readonly Workspace[];
  readonly #locked = new Set<string>();

  constructor(all: readonly Workspace[]) {
    this.#all = all;
  }

  /** @throws SimulatorError 404 if there is none. */
  named(organization: string, name: string): Workspace {
    return this.#found(
      (workspace) => workspace.organization === organization && workspace.name === name,
    );
  }

  /** @throws SimulatorError 404 if there is none. */
  withId(id: string): Workspace {
    return this.#found((workspace) => workspace.id === id);
  }

  isLocked({ id }: Workspace): boolean {
    return this.#locked.has(id);
  }

  /** @throws SimulatorError 409 if it is locked already. */
  lock(workspace: Workspace): void {
    if (this.isLocked(workspace))
      throw new SimulatorError(409, "conflict", "the workspace is already locked");
    this.#locked.add(workspace.id);
  }

  /** @throws SimulatorError 409 if it isn't locked. */
  unlock(workspace: Workspace): void {
    if (!this.#locked.delete(workspace.id)) {
      throw new SimulatorError(409, "conflict", "the workspace is already unlocked");
    }
  }

  #found(isWanted: (workspace: Workspace) => boolean): Workspace {
    const workspace = this.#all.find(isWanted);
    if (!workspace) throw new SimulatorError(404, "not found");
    return workspace;
  }
}
