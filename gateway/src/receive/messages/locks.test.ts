import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../json.ts";
import type { LockedParameters } from "../../ports.ts";
import { applyLocks } from "../locked-parameters.ts";

const user = { role: "user", content: "hi" };
const base = { model: "tuned", max_tokens: 10, messages: [user] };
const lock = (
  body: JsonObject,
  locked: LockedParameters,
  endpoint: "messages" | "messages/count_tokens" = "messages",
) => applyLocks({ ...base, ...body }, { endpoint, locked });
const refusedField = (...args: Parameters<typeof lock>): unknown => {
  try {
    return { passed: lock(...args) };
  } catch (error) {
    return error instanceof Error && "param" in error && "code" in error ? [error.code, error.param] : error;
  }
};

describe("locked parameters of the Messages API", () => {
  it("are filled in under the names of the dialect", () => {
    const locked = { temperature: 0, top_p: 0.5, stop: "END", system: "be brief", max_tokens: 20 };
    expect(lock({}, locked)).toEqual({
      ...base,
      temperature: 0,
      top_p: 0.5,
      stop_sequences: ["END"],
      system: "be brief",
    });
    expect(lock({ max_tokens: null }, { max_tokens: 20 })).toMatchObject({ max_tokens: 20 });
  });

  it.each<[JsonObject, LockedParameters, string]>([
    [{ model: "other" }, { model: "tuned" }, "model"],
    [{ temperature: 1 }, { temperature: 0 }, "temperature"],
    [{ stop_sequences: ["x"] }, { stop: ["END"] }, "stop_sequences"],
    [{ max_tokens: 21 }, { max_tokens: 20 }, "max_tokens"],
    [{ system: "be long" }, { system: "be brief" }, "system"],
    [{ system: [{ type: "text", text: "be long" }] }, { system: "be brief" }, "system"],
    [{ messages: [user, { role: "system", content: "x" }] }, { system: "be brief" }, "messages[1].role"],
    [{ messages: ["x"] }, { system: "be brief" }, "messages[0].role"],
    // What the dialect has no field for cannot be promised.
    [{}, { seed: 7 }, "seed"],
    // Ways around a lock, or to what has a price of its own.
    [{ stop: ["x"] }, { stop: "END" }, "stop"],
    [{ max_completion_tokens: 5 }, { max_tokens: 1 }, "max_completion_tokens"],
    [{ container: "c" }, { model: "tuned" }, "container"],
    [{ mcp_servers: [] }, { model: "tuned" }, "mcp_servers"],
    [{ fallbacks: [] }, { model: "tuned" }, "fallbacks"],
    [{ speed: "fast" }, { model: "tuned" }, "speed"],
  ])("refuse %j", (body, locked, field) => {
    expect(refusedField(body, locked)).toEqual(["locked_parameter", field]);
  });

  it("hold for a count of tokens as far as it has them", () => {
    const count = { model: "tuned", messages: [user] };
    const locked = { model: "tuned", temperature: 0, seed: 7, system: "be brief", max_tokens: 20 };
    expect(applyLocks(count, { endpoint: "messages/count_tokens", locked })).toEqual({ ...count, system: "be brief" });
    expect(refusedField({}, locked, "messages/count_tokens")).toEqual(["locked_parameter", "max_tokens"]);
  });
});
