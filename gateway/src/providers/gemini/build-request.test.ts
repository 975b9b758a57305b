import { describe, expect, it } from "vitest";
import { assistant, built, say, user } from "./testing/requests.ts";

const call = (id: string, name: string, more: object = {}) =>
  ({ type: "tool-call", id, name, arguments: '{"city":"Köln"}', ...more }) as const;
const result = (callId: string, text: string, more: object = {}) =>
  ({ type: "tool-result", callId, content: [{ type: "text", text }], ...more }) as const;
const sentCall = (id: string, name: string) => ({ id, name, args: { city: "Köln" } });

describe("the address of a request", () => {
  it.each([
    ["gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent"],
    ["models/gemini-2.5-flash", "/v1beta/models/gemini-2.5-flash:generateContent"],
    ["tunedModels/mine", "/v1beta/tunedModels/mine:generateContent"],
    ["a?b", "/v1beta/models/a%3Fb:generateContent"],
  ])("of %s is %s", (model, path) => {
    expect(built({}, { model }).path).toBe(path);
  });

  it.each(["..", "models/..", "gemini-x/../../v1beta/files", "models//x", "./x", ""])(
    "of %j is none, since it would lead elsewhere with the gateway's key",
    (model) => {
      expect(() => built({}, { model })).toThrow(expect.objectContaining({ status: 400, code: "model_not_found" }));
    },
  );

  it("of a stream asks for server-sent events", () => {
    expect(built({}, { stream: true }).path).toBe("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse");
  });
});

describe("the conversation", () => {
  it("merges neighbours of one role, and puts system messages before", () => {
    const { body, warnings } = built({
      turns: [
        { role: "system", parts: [say("Be brief.")] },
        user(say("Hello.")),
        user(say("What colour?"), say("")),
        assistant(say("Green.")),
        user(say("Sure?")),
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: "Be brief." }] },
      contents: [
        { role: "user", parts: [{ text: "Hello." }, { text: "What colour?" }] },
        { role: "model", parts: [{ text: "Green." }] },
        { role: "user", parts: [{ text: "Sure?" }] },
      ],
    });
    expect(warnings).toBeUndefined();
  });

  it("moves a later system message to the beginning, and says so", () => {
    const turns = [user(say("Hello.")), { role: "system" as const, parts: [say("Be brief.")] }];
    const { body, warnings } = built({ turns });
    expect(body["systemInstruction"]).toEqual({ parts: [{ text: "Be brief." }] });
    expect(warnings).toContain("system: ");
    expect(() => built({ turns }, { strict: true })).toThrow("`system` cannot be carried");
  });

  it("refuses a conversation of system messages alone", () => {
    expect(() => built({ turns: [{ role: "system", parts: [say("Be brief.")] }] })).toThrow("nothing to answer");
  });

  it("carries images, documents and sound as bytes, and files of Google's by their address", () => {
    const source = { kind: "base64", mediaType: "image/png", data: "AAAA" } as const;
    const fileUri = "https://generativelanguage.googleapis.com/v1beta/files/abc";
    const { body, warnings } = built({
      turns: [
        user(
          { type: "image", source, detail: "high" },
          { type: "file", source: { kind: "url", url: fileUri }, name: "report.pdf" },
          { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "BBBB" } },
        ),
      ],
    });
    expect(body["contents"]).toEqual([
      {
        role: "user",
        parts: [
          { inlineData: { mimeType: "image/png", data: "AAAA" } },
          { fileData: { fileUri } },
          { inlineData: { mimeType: "audio/wav", data: "BBBB" } },
        ],
      },
    ]);
    expect(warnings).toMatch(/^detail: .*; filename: /);
  });

  it("refuses an address that nobody fetched, with the remedy", () => {
    const source = { kind: "url", url: "https://example.com/a.png" } as const;
    expect(() => built({ turns: [user({ type: "image", source })] })).toThrow("send the content as a data URL");
  });

  it("names what it cannot carry, and refuses it for a strict caller", () => {
    const given = { unmapped: [{ field: "logit_bias", value: {} }], endUser: "u1" };
    const { warnings } = built(given);
    expect(warnings).toMatch(/^logit_bias: .*; user: /);
    expect(() => built(given, { strict: true })).toThrow("`logit_bias` cannot be carried");
  });
});

describe("calls of tools and their results", () => {
  it("gives results the name of their call, all of them in one content of the user", () => {
    const { body } = built({
      turns: [
        user(say("Weather?")),
        assistant(call("c1", "weather"), call("c2", "time")),
        user(result("c2", "noon")),
        user(result("c1", "rain", { isError: true }), say("Go on.")),
      ],
    });
    expect(body["contents"]).toEqual([
      { role: "user", parts: [{ text: "Weather?" }] },
      { role: "model", parts: [{ functionCall: sentCall("c1", "weather") }, { functionCall: sentCall("c2", "time") }] },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "c2", name: "time", response: { output: "noon" } } },
          { functionResponse: { id: "c1", name: "weather", response: { error: "rain" } } },
          { text: "Go on." },
        ],
      },
    ]);
  });

  it("refuses a result without its call", () => {
    expect(() => built({ turns: [user(result("c9", "noon"))] })).toThrow("no call c9 stands before its result");
  });

  it.each([
    ["", {}, undefined],
    ["  ", {}, undefined],
    ['{"city":', {}, "tool_calls"],
    ['["Köln"]', {}, "tool_calls"],
  ])("edge case 05: sends the arguments %j as %j", (args, sent, warned) => {
    const { body, warnings } = built({ turns: [assistant({ ...call("c1", "weather"), arguments: args })] });
    expect(body).toMatchObject({ contents: [{ parts: [{ functionCall: { args: sent } }] }] });
    expect(warnings?.split(":")[0]).toBe(warned);
  });

  it("puts pictures of a result into it for Gemini 3, and beside it for older models", () => {
    const image = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } } as const;
    const shown = { type: "tool-result", callId: "c1", content: [image] } as const;
    const turns = [assistant(call("c1", "draw")), user(shown)];
    const inlineData = { mimeType: "image/png", data: "AAAA" };
    expect(built({ turns }, { model: "gemini-3.5-flash" }).body).toMatchObject({
      contents: [{}, { parts: [{ functionResponse: { parts: [{ inlineData }] } }] }],
    });
    expect(built({ turns }).body).toMatchObject({
      contents: [{}, { parts: [{ functionResponse: { response: { output: "" } } }, { inlineData }] }],
    });
  });
});

describe("signatures", () => {
  const gemini = { by: "gemini", value: "c2ln" } as const;
  const foreign = { by: "anthropic", value: "eHl6" } as const;
  const partsOf = (turns: Parameters<typeof built>[0]["turns"], model: string) =>
    built({ turns: turns ?? [] }, { model }).body["contents"];

  it("edge case 07: come back where they were, and of calls made at once the first alone has one", () => {
    const turns = [assistant(call("c1", "weather", { signature: gemini }), call("c2", "time"))];
    expect(partsOf(turns, "gemini-3.5-flash")).toEqual([
      {
        role: "model",
        parts: [
          { functionCall: sentCall("c1", "weather"), thoughtSignature: "c2ln" },
          { functionCall: sentCall("c2", "time") },
        ],
      },
    ]);
  });

  it.each(["gemini-3.8-flash", "gemini-3.1-pro-preview", "gemini-flash-latest", "models/gemini-3-flash-preview"])(
    "edge case 07: the first call of %s without one gets the word by which Google skips the check",
    (model) => {
      const turns = [
        assistant(call("c1", "weather"), call("c2", "time")),
        user(result("c1", "rain")),
        assistant(call("c3", "weather", { signature: foreign })),
      ];
      const skipped = { thoughtSignature: "skip_thought_signature_validator" };
      expect(partsOf(turns, model)).toMatchObject([
        { parts: [{ functionCall: { id: "c1" }, ...skipped }, { functionCall: { id: "c2" } }] },
        {},
        { parts: [{ functionCall: { id: "c3" }, ...skipped }] },
      ]);
      expect(JSON.stringify(partsOf(turns, model))).not.toContain("eHl6");
    },
  );

  it.each(["gemini-2.5-pro", "gemini-2.0-flash", "gemma-3-27b-it"])(
    "edge case 07: the call of %s without one stays without",
    (model) => {
      expect(JSON.stringify(partsOf([assistant(call("c1", "weather"))], model))).not.toContain("thoughtSignature");
    },
  );

  it("edge case 07: text keeps its own, also when it is empty, and foreign ones are dropped", () => {
    const turns = [
      assistant({ type: "text", text: "Green.", signature: foreign }, { type: "text", text: "", signature: gemini }),
    ];
    expect(partsOf(turns, "gemini-3.5-flash")).toEqual([
      { role: "model", parts: [{ text: "Green." }, { text: "", thoughtSignature: "c2ln" }] },
    ]);
  });

  it("edge case 07: thoughts of Gemini's come back, those of others are left out and told once", () => {
    const { body, warnings } = built({
      turns: [
        user(say("Hello.")),
        assistant(
          { type: "reasoning", text: "Hm.", signature: foreign },
          { type: "reasoning", text: "", signature: foreign, redacted: true },
          { type: "reasoning", text: "Green, I think.", signature: gemini },
          say("Green."),
        ),
      ],
    });
    expect(body).toMatchObject({
      contents: [
        {},
        { parts: [{ text: "Green, I think.", thought: true, thoughtSignature: "c2ln" }, { text: "Green." }] },
      ],
    });
    expect(warnings).toBe("reasoning: thoughts of another provider's model were left out");
  });
});

describe("tools", () => {
  const tool = { name: "weather", description: "Of today.", parameters: { type: "object", properties: { city: {} } } };

  it("become declarations with their schema", () => {
    const bare = { name: "now", parameters: { type: "object", properties: {} } };
    expect(built({ tools: [tool, bare] }).body["tools"]).toEqual([
      {
        functionDeclarations: [
          {
            name: "weather",
            description: "Of today.",
            parametersJsonSchema: { type: "object", properties: { city: {} } },
          },
          { name: "now" },
        ],
      },
    ]);
  });

  it.each([
    [undefined, undefined],
    [{ type: "auto" } as const, { mode: "AUTO" }],
    [{ type: "none" } as const, { mode: "NONE" }],
    [{ type: "required" } as const, { mode: "ANY" }],
    [{ type: "tool", name: "weather" } as const, { mode: "ANY", allowedFunctionNames: ["weather"] }],
  ])("are chosen by %j as %j", (toolChoice, mode) => {
    const { toolConfig } = built({ tools: [tool], toolChoice }).body;
    expect(toolConfig).toEqual(mode === undefined ? undefined : { functionCallingConfig: mode });
  });

  it("that are strict are kept to their schema where the model is free to choose", () => {
    const tools = [{ ...tool, strict: true }];
    expect(built({ tools }).body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "VALIDATED" } });
    expect(built({ tools, toolChoice: { type: "none" } }).body["toolConfig"]).toEqual({
      functionCallingConfig: { mode: "NONE" },
    });
  });

  it("cannot be kept to one call at a time, which is said", () => {
    expect(built({ tools: [tool], parallelToolCalls: false }).warnings).toContain("parallel_tool_calls: ");
    expect(built({ parallelToolCalls: false }).warnings).toBeUndefined();
  });
});

describe("generationConfig", () => {
  it("carries every way of sampling that Gemini has", () => {
    const sampling = {
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stop: ["END"],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: -0.1,
    };
    expect(built({ sampling, choices: 2, maxOutputTokens: 100 }).body["generationConfig"]).toEqual({
      temperature: 0.5,
      topP: 0.9,
      topK: 40,
      stopSequences: ["END"],
      seed: 7,
      presencePenalty: 0.1,
      frequencyPenalty: -0.1,
      candidateCount: 2,
      maxOutputTokens: 100,
    });
  });

  it("is left out when everything is left to the model", () => {
    expect(built({ sampling: { stop: [] } }).body).not.toHaveProperty("generationConfig");
  });

  it("clamps what it can and says so, and refuses more answers than there are", () => {
    const { body, warnings } = built({
      sampling: { temperature: 3, stop: ["1", "2", "3", "4", "5", "6"], topLogprobs: 2 },
    });
    expect(body["generationConfig"]).toEqual({ temperature: 2, stopSequences: ["1", "2", "3", "4", "5"] });
    expect(warnings).toMatch(/logprobs: .*temperature: .*stop: /);
    expect(() => built({ choices: 9 })).toThrow("at most 8 answers");
  });

  it("asks for JSON, with a schema where there is one", () => {
    expect(built({ output: { type: "json" } }).body["generationConfig"]).toEqual({
      responseMimeType: "application/json",
    });
    const schema = { type: "object", properties: { colour: { const: "green" } }, additionalProperties: false };
    expect(built({ output: { type: "json-schema", name: "answer", schema } }).body["generationConfig"]).toEqual({
      responseMimeType: "application/json",
      responseJsonSchema: {
        type: "object",
        properties: { colour: { enum: ["green"], type: "string" } },
        additionalProperties: false,
      },
    });
  });
});
