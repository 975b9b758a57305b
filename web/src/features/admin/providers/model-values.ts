import {
  ModelCapability,
  ModelText,
  type OfferedModel,
  type createOfferedModel,
} from "@llm-tuner/contract/providers.ts";
import { z } from "zod";
import type { CallInput } from "../../../api/call.ts";
import { isDecimal, movePoint } from "../decimal.ts";

const tokensOrEmpty = z.string().regex(/^([1-9]\d{0,7}|100000000)?$/, {
  message: "Must be a whole number up to 100,000,000, or empty.",
});

/** Whole milliseconds within the contract's bounds: a second to a day. */
const msOf = (seconds: string): number => Number(movePoint(seconds, 3));
const isTimeLimit = (ms: number): boolean => Number.isInteger(ms) && ms >= 1000 && ms <= 86_400_000;
const secondsOrEmpty = z.string().refine((text) => text === "" || (isDecimal(text) && isTimeLimit(msOf(text))), {
  message: "Must be from 1 to 86,400 seconds, or empty.",
});

/** What becomes of an answer, whole or streamed, whose client goes away. */
const Policy = z.enum(["abort", "drain"]);

/** What the form of a model on offer holds: what is empty nobody knows, or is the gateway's usual. */
export const ModelValues = z.object({
  model: ModelText,
  price_model: z.string().trim().max(200),
  context_window: tokensOrEmpty,
  max_output_tokens: tokensOrEmpty,
  capabilities: z.array(ModelCapability),
  whole: Policy,
  stream: Policy,
  first_byte_seconds: secondsOrEmpty,
  idle_seconds: secondsOrEmpty,
  total_seconds: secondsOrEmpty,
  enabled: z.boolean(),
});
export type ModelValues = z.infer<typeof ModelValues>;

export const emptyModel: ModelValues = {
  model: "",
  price_model: "",
  context_window: "",
  max_output_tokens: "",
  capabilities: ["chat"],
  whole: "drain",
  stream: "abort",
  first_byte_seconds: "",
  idle_seconds: "",
  total_seconds: "",
  enabled: true,
};

const textOf = (tokens: number | null): string => (tokens === null ? "" : String(tokens));
const secondsOf = (ms: number | null): string => (ms === null ? "" : movePoint(String(ms), -3));
const tokensOf = (text: string): number | null => (text === "" ? null : Number(text));
const timeLimitOf = (text: string): number | null => (text === "" ? null : msOf(text));

export const valuesOfModel = (model: OfferedModel): ModelValues => ({
  model: model.model,
  price_model: model.price_model === model.model ? "" : model.price_model,
  context_window: textOf(model.context_window),
  max_output_tokens: textOf(model.max_output_tokens),
  capabilities: model.capabilities,
  whole: model.on_disconnect.whole,
  stream: model.on_disconnect.stream,
  first_byte_seconds: secondsOf(model.first_byte_timeout_ms),
  idle_seconds: secondsOf(model.idle_timeout_ms),
  total_seconds: secondsOf(model.total_timeout_ms),
  enabled: model.enabled,
});

type ModelProperties = Omit<CallInput<typeof createOfferedModel>["body"], "connection_id" | "model">;

/** Everything of a model but its name, which stays. */
export const propertiesOf = (values: ModelValues): ModelProperties => ({
  price_model: values.price_model === "" ? values.model : values.price_model,
  context_window: tokensOf(values.context_window),
  max_output_tokens: tokensOf(values.max_output_tokens),
  capabilities: values.capabilities,
  on_disconnect: { whole: values.whole, stream: values.stream },
  first_byte_timeout_ms: timeLimitOf(values.first_byte_seconds),
  idle_timeout_ms: timeLimitOf(values.idle_seconds),
  total_timeout_ms: timeLimitOf(values.total_seconds),
  enabled: values.enabled,
});
