import type { AuthenticatedRequest, Route, RouteAnswer } from "../route.ts";
import { SimulatorError } from "../simulator-error.ts";
import type { Workspace } from "../workspaces.ts";

/**
 * What the command lines of Terraform and OpenTofu ask of a backend whose workspaces run on their
 * own machine.
 */
export const workspaceRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "organizations/:organization/entitlement-set",
    answer: ({ world, actor, params: { organization = "" } }) => {
      const id = world.directory.organization(actor.owner, organization);
      const attributes = { operations: true, "state-storage": true };
      return { status: 200, document: { data: { id, type: "entitlement-sets", attributes } } };
    },
  },
  {
    method: "GET",
    pattern: "organizations/:organization/workspaces/:workspace",
    answer: (request) => {
      const { world, actor, params } = request;
      const { organization = "", workspace = "" } = params;
      return shown(
        request,
        world.workspaces.named(world.directory.organization(actor.owner, organization), workspace),
      );
    },
  },
  {
    method: "GET",
    pattern: "workspaces/:workspace/current-state-version",
    answer: (request) => {
      workspaceOf(request);
      throw new SimulatorError(404, "not found", "the workspace has no state");
    },
  },
  ...(["lock", "unlock"] as const).map(
    (action): Route => ({
      method: "POST",
      pattern: `workspaces/:workspace/actions/${action}`,
      answer: (request) => {
        const workspace = workspaceOf(request);
        request.world.workspaces[action](workspace);
        return shown(request, workspace);
      },
    }),
  ),
];

/** @throws SimulatorError 404 if the actor may not see its organization. */
function workspaceOf({
  world,
  actor,
  params: { workspace: id = "" },
}: AuthenticatedRequest): Workspace {
  const workspace = world.workspaces.withId(id);
  world.directory.organization(actor.owner, workspace.organization);
  return workspace;
}

function shown({ world }: AuthenticatedRequest, workspace: Workspace): RouteAnswer {
  const { id, name, organization } = workspace;
  const attributes = {
    name,
    "execution-mode": "local",
    operations: false,
    locked: world.workspaces.isLocked(workspace),
    permissions: {
      "can-lock": true,
      "can-unlock": true,
      "can-queue-run": true,
      "can-read-settings": true,
    },
  };
  const relationships = { organization: { data: { id: organization, type: "organizations" } } };
  return { status: 200, document: { data: { id, type: "workspaces", attributes, relationships } } };
}
