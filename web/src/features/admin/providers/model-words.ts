import type { ModelCapability, OfferedModel } from "@llm-tuner/contract/providers.ts";
import { dollars } from "../../../ui/format.ts";

export const capabilityWords: Readonly<Record<ModelCapability, { word: string; meaning: string }>> = {
  chat: { word: "Chat", meaning: "Answers messages." },
  tools: { word: "Tools", meaning: "Calls functions that the program offers." },
  vision: { word: "Vision", meaning: "Looks at pictures in the prompt." },
  json_schema: { word: "JSON schema", meaning: "Answers by a schema that the program gives." },
  reasoning: { word: "Reasoning", meaning: "Thinks before it answers; the thoughts are billed." },
  embeddings: { word: "Embeddings", meaning: "Turns texts into vectors." },
  images: { word: "Pictures", meaning: "Draws pictures." },
  videos: { word: "Videos", meaning: "Makes videos." },
};

export const sourceWords: Readonly<Record<OfferedModel["source"], string>> = {
  catalogue: "Known",
  added: "Added",
  imported: "Imported",
};

export const priceText = ({ input_price, output_price }: OfferedModel): string =>
  [
    ...(input_price === null ? [] : [`${dollars(input_price)} in`]),
    ...(output_price === null ? [] : [`${dollars(output_price)} out`]),
  ].join(" · ");

const seconds = (ms: number): string => `${(ms / 1000).toLocaleString("en-US")} s`;

/** `first piece 30 s, silence 10 s`; empty where the gateway's own limits hold. */
export const timeLimitsText = (model: OfferedModel): string =>
  [
    ...(model.first_byte_timeout_ms === null ? [] : [`first piece ${seconds(model.first_byte_timeout_ms)}`]),
    ...(model.idle_timeout_ms === null ? [] : [`silence ${seconds(model.idle_timeout_ms)}`]),
    ...(model.total_timeout_ms === null ? [] : [`in all ${seconds(model.total_timeout_ms)}`]),
  ].join(", ");

/** What becomes of answers whose client goes away. */
export const leavingText = ({ on_disconnect: { whole, stream } }: OfferedModel): string => {
  if (whole === stream) return whole === "drain" ? "Reads all on" : "Stops all";
  return whole === "drain" ? "Reads whole answers on, stops streams" : "Stops whole answers, reads streams on";
};
