import { objectOr, objectsOr, textOr, type JsonObject } from "../json.ts";
import type { FakeEvent } from "../reply.ts";
import { digest } from "../seeded.ts";
import { countTokens, tokensOf } from "../tokens.ts";

interface Step {
  data: JsonObject & { type: string };
  written?: FakeEvent["written"];
}

const deltaSteps = (kind: string, place: JsonObject, text: string, written: boolean, more: JsonObject = {}): Step[] =>
  tokensOf(text).map((delta) => ({
    data: { type: `response.${kind}.delta`, ...place, delta, ...more },
    ...(written ? { written: { text: 1 } } : {}),
  }));

const reasoningSteps = (item: JsonObject, place: JsonObject): Step[] =>
  objectsOr(item["summary"]).flatMap((part, summary_index) => {
    const at = { ...place, summary_index };
    const text = textOr(part["text"]);
    return [
      { data: { type: "response.reasoning_summary_part.added", ...at, part: { ...part, text: "" } } },
      ...deltaSteps("reasoning_summary_text", at, text, false),
      { data: { type: "response.reasoning_summary_text.done", ...at, text } },
      { data: { type: "response.reasoning_summary_part.done", ...at, part } },
    ];
  });

const messageSteps = (item: JsonObject, place: JsonObject): Step[] =>
  objectsOr(item["content"]).flatMap((part, content_index) => {
    const at = { ...place, content_index };
    const isRefusal = part["type"] === "refusal";
    const text = textOr(isRefusal ? part["refusal"] : part["text"]);
    const [kind, more] = isRefusal ? ["refusal", {}] : ["output_text", { logprobs: [] }];
    return [
      { data: { type: "response.content_part.added", ...at, part: { ...part, [isRefusal ? "refusal" : "text"]: "" } } },
      ...deltaSteps(kind, at, text, true, more),
      { data: { type: `response.${kind}.done`, ...at, [isRefusal ? "refusal" : "text"]: text, ...more } },
      { data: { type: "response.content_part.done", ...at, part } },
    ];
  });

const callSteps = (item: JsonObject, place: JsonObject): Step[] => {
  const { arguments: given, name } = item;
  return [
    ...deltaSteps("function_call_arguments", place, textOr(given), true),
    { data: { type: "response.function_call_arguments.done", ...place, name, arguments: given } },
  ];
};

const imageSteps = (item: JsonObject, place: JsonObject): Step[] => {
  const partial = {
    partial_image_index: 0,
    partial_image_b64: item["result"],
    output_format: "png",
    size: "1024x1024",
  };
  return [
    { data: { type: "response.image_generation_call.in_progress", ...place } },
    { data: { type: "response.image_generation_call.generating", ...place } },
    { data: { type: "response.image_generation_call.partial_image", ...place, ...partial } },
    { data: { type: "response.image_generation_call.completed", ...place } },
  ];
};

/** How each kind of item looks when it begins, and what is added until it is whole. */
const growthOf = (
  item: JsonObject,
  place: JsonObject,
  reasoningTokens: number,
): { start: JsonObject; steps: Step[]; written?: FakeEvent["written"] } => {
  switch (item["type"]) {
    case "reasoning":
      // Reasoning is hidden: it has been made when its item appears.
      return {
        start: { ...item, summary: [] },
        steps: reasoningSteps(item, place),
        written: { reasoning: reasoningTokens },
      };
    case "message":
      return { start: { ...item, content: [], status: "in_progress" }, steps: messageSteps(item, place) };
    case "function_call": {
      const written = { text: countTokens(textOr(item["name"])) };
      return { start: { ...item, arguments: "", status: "in_progress" }, steps: callSteps(item, place), written };
    }
    default:
      return { start: { ...item, result: null, status: "in_progress" }, steps: imageSteps(item, place) };
  }
};

/** The events of a whole response, in the API's order and numbered. */
export const responseEvents = (
  response: JsonObject,
  body: JsonObject,
  reasoningTokens: number,
  reportsUsage: boolean,
): FakeEvent[] => {
  const begun = {
    ...response,
    status: "in_progress",
    output: [],
    usage: null,
    error: null,
    incomplete_details: null,
    completed_at: null,
  };
  const steps: Step[] = [
    ...(body["background"] === true
      ? [{ data: { type: "response.queued", response: { ...begun, status: "queued" } } }]
      : []),
    { data: { type: "response.created", response: begun } },
    { data: { type: "response.in_progress", response: begun } },
    ...objectsOr(response["output"]).flatMap((item, output_index): Step[] => {
      const { start, steps: inner, written } = growthOf(item, { item_id: item["id"], output_index }, reasoningTokens);
      return [
        { data: { type: "response.output_item.added", output_index, item: start }, ...(written ? { written } : {}) },
        ...inner,
        { data: { type: "response.output_item.done", output_index, item } },
      ];
    }),
    { data: { type: `response.${textOr(response["status"])}`, response } },
  ];
  const obfuscates = objectOr(body["stream_options"])["include_obfuscation"] !== false;
  return steps.map(({ data, written }, sequence_number) => {
    const padding =
      obfuscates && data.type.endsWith(".delta") ? { obfuscation: digest(`${sequence_number}`).slice(0, 8) } : {};
    const isLast = sequence_number === steps.length - 1;
    const event = {
      name: data.type,
      data: { ...data, sequence_number, ...padding },
      reportsUsage: isLast && reportsUsage,
    };
    return written === undefined ? event : { ...event, written };
  });
};
