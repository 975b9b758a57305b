import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GatewayError } from "./errors.ts";
import { decodeText, encodeJson, type JsonObject } from "./json.ts";
import { type Adapter, noBounds } from "./ports.ts";
import type { Endpoint } from "./receive/call.ts";
import { readCall } from "./receive/read-call.ts";
import { chatFieldCases, completionFieldCases } from "./testing/chat-field-cases.ts";
import { type FieldCase, required } from "./testing/field-cases.ts";
import { messageFieldCases } from "./testing/message-field-cases.ts";
import { responseFieldCases } from "./testing/response-field-cases.ts";
import { routeAt, translationArgs } from "./testing/translation-args.ts";
import { providerOf, translationOf } from "./translate.ts";

const fieldCases = {
  "chat/completions": chatFieldCases,
  completions: completionFieldCases,
  responses: responseFieldCases,
  messages: messageFieldCases,
} as const satisfies Readonly<Record<string, readonly FieldCase[]>>;

/** Where calls go: every provider, and models of it that take different things. */
const models: readonly (readonly [Adapter, string])[] = [
  ["openai", "gpt-4.1"],
  ["openai", "gpt-5.1"],
  ["openai-compatible", "qwen3"],
  ["anthropic", "claude-3-5-haiku-20241022"],
  ["anthropic", "claude-sonnet-4-5"],
  ["anthropic", "claude-opus-4-7"],
  ["gemini", "gemini-2.5-flash"],
  ["gemini", "gemini-3-pro-preview"],
];

interface Sent {
  request: string;
  warnings: string;
}

/** What a body becomes at a provider; the error where it is refused. */
const send = (
  endpoint: Endpoint,
  body: JsonObject,
  [adapter, model]: readonly [Adapter, string],
): Sent | GatewayError => {
  try {
    const call = readCall({
      endpoint,
      bytes: encodeJson(body),
      maxDepth: 32,
      bounds: noBounds,
      header: () => undefined,
    });
    const args = translationArgs(call, routeAt(adapter, model, 32_000));
    const { request } = translationOf(providerOf(adapter), args);
    const sent = `${request.path} ${decodeText(request.body ?? new Uint8Array(0))}`;
    return { request: sent, warnings: args.notes.header() ?? "" };
  } catch (error) {
    if (error instanceof GatewayError && error.status === 400) return error;
    throw error;
  }
};

/** What became of the field, which is the only difference between the two bodies. */
const fateOf = (endpoint: Endpoint, { before, after }: FieldCase, way: readonly [Adapter, string]): string => {
  const [without, withField] = [send(endpoint, before, way), send(endpoint, after, way)];
  if (without instanceof GatewayError) throw new Error(`the body without it is refused: ${without.message}`);
  if (withField instanceof GatewayError) return withField.param === null ? "refused without its name" : "refused";
  if (withField.request !== without.request) return "carried";
  return withField.warnings === without.warnings ? "dropped" : "told";
};

/** The folder of the installed packages. */
const packages = join(import.meta.dirname, "../../node_modules");

const isExcepted = ({ exception }: FieldCase, way: readonly [Adapter, string]): boolean =>
  exception !== undefined && (exception.at === undefined || way.some((place) => exception.at?.includes(place)));

/** The names of the fields in the SDK's type of a request. */
const fieldsOfSdk = (file: string, type: string): string[] => {
  const text = readFileSync(join(packages, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const declared = new RegExp(String.raw`^export interface ${type} (?:extends \w+ )?\{\n([\s\S]*?)^\}`, "m").exec(text);
  return [...(declared?.[1] ?? "").matchAll(/^ {4}(\w+)\??:/gm)].map(([, name = ""]) => name);
};

const sdkTypes: Readonly<Record<keyof typeof fieldCases, readonly (readonly [string, string])[]>> = {
  "chat/completions": [["openai/resources/chat/completions/completions.d.ts", "ChatCompletionCreateParamsBase"]],
  completions: [["openai/resources/completions.d.ts", "CompletionCreateParamsBase"]],
  responses: [["openai/resources/responses/responses.d.ts", "ResponseCreateParamsBase"]],
  messages: [["@anthropic-ai/sdk/resources/messages/messages.d.ts", "MessageCreateParamsBase"]],
};

// The table has these keys alone.
const endpoints = Object.keys(fieldCases) as (keyof typeof fieldCases)[];

describe.each(endpoints)("edge case 25: every field of %s", (endpoint) => {
  const cases = fieldCases[endpoint];

  it("that the official SDK knows is looked at here", () => {
    const known = sdkTypes[endpoint].flatMap(([file, type]) => fieldsOfSdk(file, type));
    expect(known.length).toBeGreaterThan(10);
    const looked = new Set(cases.map(({ field }) => field));
    expect(known.filter((field) => !looked.has(field) && !required.has(field))).toEqual([]);
  });

  it.each(models)("is carried to %s (%s), told of, or refused", (...way) => {
    const lost = cases.filter((each) => !["carried", "told", "refused"].includes(fateOf(endpoint, each, way)));
    expect(lost.filter((each) => !isExcepted(each, way)).map(({ field }) => field)).toEqual([]);
  });

  it("has an exception only where one is needed", () => {
    const needless = cases.filter(
      (each) =>
        each.exception !== undefined &&
        models.every((way) => !isExcepted(each, way) || fateOf(endpoint, each, way) !== "dropped"),
    );
    expect(needless.map(({ field }) => field)).toEqual([]);
  });
});
