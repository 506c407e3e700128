export { buildPlugin, PLUGIN_FILE } from "./build-plugin.ts";
export { quickstartSteps, type State, type Step } from "./quickstart-steps.ts";
export { runStep } from "./run-step.ts";
