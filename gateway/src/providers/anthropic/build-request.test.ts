import { describe, expect, it } from "vitest";
import { TranslationNotes } from "../../conversation/notes.ts";
import type { GenerationRequest, ToolDefinition } from "../../conversation/request.ts";
import { decodeJsonObject } from "../../json.ts";
import { generationRequest } from "../../testing/generation-request.ts";
import { routeAt } from "../../testing/translation-args.ts";
import { buildRequest, defaultMaxTokens } from "./build-request.ts";
import { answerTool } from "./tools.ts";
import { assistant, system, text, user, write } from "./testing/requests-and-streams.ts";

const old = "claude-3-haiku-20240307";
const newest = "claude-opus-4-8";

describe("a request to Anthropic", () => {
  it("goes to the Messages API with the version whose shapes it has, and no key of its own", () => {
    const notes = new TranslationNotes({ strict: false });
    const request: GenerationRequest = {
      turns: [system("be brief"), user(text("grün"))],
      tools: [],
      toolChoice: undefined,
      parallelToolCalls: undefined,
      output: { type: "text" },
      reasoning: undefined,
      sampling: { temperature: 0.5, stop: ["END"], topK: 3 },
      maxOutputTokens: 50,
      choices: 1,
      endUser: "u1",
      unmapped: [],
    };
    const built = buildRequest({
      request,
      stream: true,
      route: routeAt("anthropic", "claude-sonnet-4-5"),
      requestId: "req_1",
      notes,
    });
    expect(built).toMatchObject({
      method: "POST",
      path: "/v1/messages",
      headers: { "anthropic-version": "2023-06-01" },
    });
    expect(Object.keys(built.headers)).not.toContain("x-api-key");
    expect(decodeJsonObject(built.body ?? new Uint8Array(0))).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 50,
      system: [{ type: "text", text: "be brief" }],
      messages: [{ role: "user", content: [{ type: "text", text: "grün" }] }],
      temperature: 0.5,
      top_k: 3,
      stop_sequences: ["END"],
      metadata: { user_id: "u1" },
      stream: true,
    });
    expect(notes.header()).toBeUndefined();
  });

  it("has the bound of the caller, else of the catalogue, else one that is told", () => {
    expect(write({ maxOutputTokens: 7 }).body["max_tokens"]).toBe(7);
    const none = write({ maxOutputTokens: undefined });
    expect([none.body["max_tokens"], none.warnings]).toEqual([
      defaultMaxTokens,
      expect.stringContaining("max_tokens: "),
    ]);
    const notes = new TranslationNotes({ strict: true });
    const args = { stream: false, requestId: "req_1", notes };
    const request = generationRequest();
    const built = buildRequest({ ...args, request, route: routeAt("anthropic", "claude-sonnet-4-5", 64_000) });
    expect(decodeJsonObject(built.body ?? new Uint8Array(0))?.["max_tokens"]).toBe(64_000);
  });

  it.each<[Partial<GenerationRequest>, string]>([
    [{ sampling: { seed: 1 } }, "seed"],
    [{ sampling: { presencePenalty: 1 } }, "presence_penalty"],
    [{ sampling: { frequencyPenalty: 1 } }, "frequency_penalty"],
    [{ sampling: { topLogprobs: 0 } }, "logprobs"],
    [{ sampling: { temperature: 1.5 } }, "temperature"],
    [{ sampling: { temperature: 1, topP: 0.5 } }, "top_p"],
    [{ sampling: { stop: [" \n"] } }, "stop"],
    [{ unmapped: [{ field: "logit_bias", value: {} }] }, "logit_bias"],
    [{ output: { type: "json" } }, "response_format"],
  ])("edge case 25: says what it could not carry of %j, or refuses it when the caller is strict", (request, field) => {
    expect(write(request).warnings).toMatch(new RegExp(`^${field}: `));
    expect(() => write(request, "claude-sonnet-4-5", true)).toThrow(
      expect.objectContaining({ status: 400, code: "unsupported_parameter", param: field }),
    );
  });

  it("clamps temperature to 1, takes one of temperature and top_p, and drops stops of white space", () => {
    const sampling = { temperature: 1.7, topP: 0.4, stop: [" ", "END"] };
    expect(write({ sampling }).body).toMatchObject({ temperature: 1, stop_sequences: ["END"] });
    expect(write({ sampling }).body).not.toHaveProperty("top_p");
    expect(write({ sampling: { topP: 0.4 } }).body).toMatchObject({ top_p: 0.4 });
    expect(write({ sampling: { stop: [" "] } }).body).not.toHaveProperty("stop_sequences");
    expect(write({ sampling: { presencePenalty: 0 } }).warnings).toBeUndefined();
  });

  it("samples nothing at models that refuse it", () => {
    const { body, warnings } = write({ sampling: { temperature: 0, topK: 3 } }, newest);
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(["temperature"]));
    expect(warnings).toMatch(/temperature: .*top_k: /);
  });

  it("refuses more than one answer", () => {
    expect(() => write({ choices: 2 })).toThrow(expect.objectContaining({ param: "n" }));
  });
});

describe("tools at Anthropic", () => {
  const tool: ToolDefinition = {
    name: "look",
    description: "Looks",
    parameters: { properties: { at: { type: "string", pattern: "^Z" } } },
  };
  const choiceOf = (request: Partial<GenerationRequest>) => write({ tools: [tool], ...request }).body["tool_choice"];

  it("are named with their schemas as they were written, and closed when they are strict", () => {
    expect(write({ tools: [tool] }).body["tools"]).toEqual([
      {
        name: "look",
        description: "Looks",
        input_schema: { type: "object", properties: { at: { type: "string", pattern: "^Z" } } },
      },
    ]);
    const strict = write({ tools: [{ ...tool, strict: true, cache: { lifetime: "5m" } }] });
    expect(strict.body["tools"]).toEqual([
      {
        name: "look",
        description: "Looks",
        input_schema: {
          type: "object",
          properties: { at: { type: "string", description: '{pattern: "^Z"}' } },
          additionalProperties: false,
        },
        strict: true,
        cache_control: { type: "ephemeral" },
      },
    ]);
    expect(strict.warnings).toContain("tools[0].parameters: `pattern`");
    expect(write({ tools: [{ ...tool, strict: true }] }, old)).toMatchObject({
      body: { tools: [{ input_schema: { type: "object" } }] },
      warnings: expect.stringContaining("tools[0].strict"),
    });
  });

  it("are chosen as the caller said", () => {
    expect(choiceOf({})).toBeUndefined();
    expect(choiceOf({ toolChoice: { type: "auto" } })).toEqual({ type: "auto" });
    expect(choiceOf({ toolChoice: { type: "required" } })).toEqual({ type: "any" });
    expect(choiceOf({ toolChoice: { type: "tool", name: "look" } })).toEqual({ type: "tool", name: "look" });
    expect(choiceOf({ toolChoice: { type: "none" } })).toEqual({ type: "none" });
    expect(choiceOf({ parallelToolCalls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(choiceOf({ parallelToolCalls: true })).toBeUndefined();
    expect(choiceOf({ toolChoice: { type: "required" }, parallelToolCalls: false })).toEqual({
      type: "any",
      disable_parallel_tool_use: true,
    });
  });

  it("are named after calls of earlier turns when the caller names none any more", () => {
    const turns = [
      user(text("hi")),
      assistant({ type: "tool-call", id: "a", name: "look", arguments: "{}" }),
      user({ type: "tool-result", callId: "a", content: [] }),
    ];
    expect(write({ turns }).body).toMatchObject({
      tools: [{ name: "look", input_schema: { type: "object" } }],
      tool_choice: { type: "none" },
    });
    expect(write({}).body).not.toHaveProperty("tools");
  });
});

describe("an output format at Anthropic", () => {
  const output = {
    type: "json-schema",
    name: "colour",
    schema: { type: "object", properties: { n: { type: "integer", minimum: 1 } } },
    description: "A colour",
  } as const;

  it("edge case 16: is a schema that the provider can compile, with the rest of it in words", () => {
    const { body, warnings } = write({ output });
    expect(body["output_config"]).toEqual({
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { n: { type: "integer", description: "{minimum: 1}" } },
          additionalProperties: false,
          description: "A colour",
        },
      },
    });
    expect(warnings).toContain("response_format: `minimum`");
  });

  it("is a tool that has to be called at models that have no formats", () => {
    expect(write({ output }, old).body).toMatchObject({
      tools: [{ name: answerTool, description: "A colour", input_schema: output.schema }],
      tool_choice: { type: "tool", name: answerTool },
    });
    const tools = [{ name: "look", parameters: { type: "object" } }];
    for (const [toolChoice, sent] of [
      [{ type: "none" }, { type: "tool", name: answerTool }],
      [
        { type: "tool", name: "look" },
        { type: "tool", name: "look" },
      ],
      [{ type: "required" }, { type: "any" }],
    ] as const) {
      expect(write({ output, tools, toolChoice }, old).body["tool_choice"]).toEqual(sent);
    }
    expect(write({ output, tools }, old).body).toMatchObject({
      tools: [{ name: "look" }, { name: answerTool }],
      tool_choice: { type: "any" },
    });
  });
});
