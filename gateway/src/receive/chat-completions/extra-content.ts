import type { ReasoningPart, Signature } from "../../conversation/request.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import type { BodyFields } from "../body-fields.ts";

/**
 * The dialect has no place for signatures, and some providers refuse the next turn without them. They stand where
 * Google's own chat completions put them (`extra_content.google.thought_signature`), and those of thoughts where
 * OpenRouter puts them (`reasoning_details`), so that clients that keep one of the two need nothing new.
 */
const places = {
  gemini: { vendor: "google", format: "google-gemini-v1" },
  anthropic: { vendor: "anthropic", format: "anthropic-claude-v1" },
  openai: { vendor: "openai", format: "openai-responses-v1" },
} as const satisfies Record<Signature["by"], { vendor: string; format: string }>;

const signers = ["gemini", "anthropic", "openai"] as const;

export const writeExtraContent = ({ by, value }: Signature): JsonObject => ({
  extra_content: { [places[by].vendor]: { thought_signature: value } },
});

/** The signature that a message or a tool call carries back; undefined when it has none. */
export const readExtraContent = (holder: JsonObject): Signature | undefined => {
  const extra = holder["extra_content"];
  if (!isJsonObject(extra)) return undefined;
  for (const by of signers) {
    const vendor = extra[places[by].vendor];
    const signature = isJsonObject(vendor) ? vendor["thought_signature"] : undefined;
    if (typeof signature === "string" && signature !== "") return { by, value: signature };
  }
  return undefined;
};

/** An entry of `reasoning_details`; `index` counts the thoughts of the answer. */
export const writeReasoningDetail = (
  { text, redacted = false }: Pick<ReasoningPart, "text" | "redacted">,
  { by, value }: Signature,
  index: number,
): JsonObject =>
  redacted
    ? { type: "reasoning.encrypted", data: value, format: places[by].format, index }
    : { type: "reasoning.text", text, signature: value, format: places[by].format, index };

const readDetail = (detail: BodyFields): ReasoningPart[] => {
  const format = detail.optionalText("format");
  const by = signers.find((signer) => places[signer].format === format);
  const data = detail.optionalText("data");
  if (data !== undefined) {
    return by === undefined ? [] : [{ type: "reasoning", text: "", redacted: true, signature: { by, value: data } }];
  }
  const text = detail.optionalText("text") ?? detail.optionalText("summary") ?? "";
  const value = detail.optionalText("signature");
  return [
    { type: "reasoning", text, ...(by === undefined || value === undefined ? {} : { signature: { by, value } }) },
  ];
};

/** The thoughts that an assistant's message carries back, under any of the names that servers have for them. */
export const readReasoning = (message: BodyFields): ReasoningPart[] => {
  const details = message.objects("reasoning_details").flatMap(readDetail);
  if (details.length > 0) return details;
  const text = message.optionalText("reasoning_content") ?? message.optionalText("reasoning") ?? "";
  return text === "" ? [] : [{ type: "reasoning", text }];
};
