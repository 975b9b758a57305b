import { createOfferedModel, type OfferedModel } from "@llm-tuner/contract/providers.ts";
import { describe, expect, it } from "vitest";
import { ModelValues, emptyModel, propertiesOf, valuesOfModel } from "./model-values.ts";

const connection_id = "conn_4YtAbCdEfGhIjKlMnOpQrS";

const offered: OfferedModel = {
  id: "dep_0123456789abcdef01234567",
  connection_id,
  provider: "openai",
  model: "gpt-5-mini",
  price_model: "gpt-5-mini-2026",
  context_window: 400_000,
  max_output_tokens: 128_000,
  capabilities: ["chat", "tools"],
  on_disconnect: { whole: "abort", stream: "drain" },
  first_byte_timeout_ms: 30_000,
  idle_timeout_ms: 1500,
  total_timeout_ms: 600_000,
  enabled: false,
  source: "added",
  changed: false,
  available: false,
  input_price: null,
  output_price: null,
};

describe("the form of a model on offer", () => {
  it("gives back what it was filled with, time limits to the millisecond", () => {
    const values = valuesOfModel(offered);
    expect(values).toMatchObject({ first_byte_seconds: "30", idle_seconds: "1.5", total_seconds: "600" });
    const { id: _id, connection_id: _of, provider: _by, model: _model, ...shown } = offered;
    const { source: _source, changed: _changed, available: _available, ...properties } = shown;
    const { input_price: _input, output_price: _output, ...wanted } = properties;
    expect(propertiesOf(ModelValues.parse(values))).toEqual(wanted);
  });

  it("asks for what the platform has by default when it is empty, and lists the price under the model's name", () => {
    const request = { connection_id, model: "llama-4", ...propertiesOf({ ...emptyModel, model: "llama-4" }) };
    expect(createOfferedModel.body.parse(request)).toEqual({
      ...createOfferedModel.body.parse({ connection_id, model: "llama-4" }),
      price_model: "llama-4",
    });
  });

  it.each([
    ["model", " "],
    ["context_window", "0"],
    ["context_window", "128k"],
    ["max_output_tokens", "100000001"],
    ["first_byte_seconds", "0.9"],
    ["idle_seconds", "1.0005"],
    ["total_seconds", "86401"],
    ["total_seconds", "ten"],
  ])("refuses %s %s", (name, value) => {
    const parsed = ModelValues.safeParse({ ...emptyModel, model: "llama-4", [name]: value });
    expect(parsed.error?.issues.map(({ path }) => path[0])).toEqual([name]);
  });
});
