import { describe, expect, it } from "vitest";
import { losingRoutes, losingText } from "./dependents.ts";

const connections = [
  { id: "conn_a", name: "openai" },
  { id: "conn_b", name: "openai-eu" },
  { id: "conn_c", name: "vllm" },
];
const model = (id: string, connection_id: string, provider: string, name: string) => ({
  id,
  connection_id,
  provider,
  model: name,
});
const models = [
  model("dep_1", "conn_a", "openai", "gpt-5"),
  model("dep_2", "conn_b", "openai", "gpt-5"),
  model("dep_3", "conn_a", "openai", "o3"),
  model("dep_4", "conn_c", "vllm", "llama-*"),
];
const route = (name: string, ...steps: string[][]) => ({
  name,
  steps: steps.map((targets) => targets.map((target) => ({ model: target, weight: 1 }))),
});
const losing = (routes: ReturnType<typeof route>[], connectionId: string) =>
  losingRoutes({ connections, models, routes }, ({ connection_id }) => connection_id === connectionId);

describe("routes that hang on a connection", () => {
  it.each([
    ["a name that nobody else offers", "o3", "conn_a", true],
    ["a name that another connection offers, too", "gpt-5", "conn_a", false],
    ["the connection's own name before it", "openai-eu/gpt-5", "conn_b", true],
    ["the provider's name before it, which two connections share", "openai/gpt-5", "conn_b", false],
    ["the id of the model", "dep_1", "conn_a", true],
    ["a name that a pattern lets through", "llama-4", "conn_c", true],
    ["a pattern behind the connection's name", "vllm/llama-4", "conn_c", true],
    ["a model of somebody else", "o3", "conn_c", false],
    ["a tuned model", "ft:starter", "conn_a", false],
  ])("are known by %s: %s at %s", (_, target, connectionId, isLost) => {
    expect(losing([route("fast", [target])], connectionId)).toHaveLength(isLost ? 1 : 0);
  });

  it("are told apart by what is left to them", () => {
    const routes = [route("fast", ["o3", "gpt-5"]), route("deep", ["o3"], ["openai/o3"]), route("own", ["llama-4"])];
    expect(losing(routes, "conn_a")).toEqual([
      { name: "fast", targets: ["o3"], isLastWay: false },
      { name: "deep", targets: ["o3", "openai/o3"], isLastWay: true },
    ]);
    expect(losingText(losing(routes, "conn_a"))).toBe(
      "The route fast loses o3. The route deep loses o3, openai/o3 and has nothing left: requests for it will be refused.",
    );
    expect(losingText([])).toBe("No route leads to it.");
  });
});
