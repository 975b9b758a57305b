import type { Rates } from "@llm-tuner/contract/prices.ts";

export type ProviderName = "openai" | "anthropic" | "gemini";

export interface PricedModel {
  provider: ProviderName;
  model: string;
  rates: Rates;
  /** From so many tokens of input on the whole request costs this. */
  long?: { from: number; rates: Rates };
  onDisconnect: { whole: "abort" | "drain"; stream: "abort" | "drain" };
}

const usual = { whole: "drain", stream: "abort" } as const;
const drained = { whole: "drain", stream: "drain" } as const;
const aborted = { whole: "abort", stream: "abort" } as const;

/** Every model that is asked. The rates are odd on purpose: hardly a bill comes out even before it is rounded. */
export const models: readonly PricedModel[] = [
  {
    provider: "openai",
    model: "gpt-4.1",
    rates: { input_uncached: "2000.333333", input_cache_read: "500.123457", output_text: "8000.7" },
    onDisconnect: usual,
  },
  {
    provider: "openai",
    model: "gpt-4o-mini",
    rates: { input_uncached: "150.5", input_cache_read: "75.25", output_text: "600.000001" },
    onDisconnect: { whole: "abort", stream: "drain" },
  },
  {
    provider: "openai",
    model: "gpt-5.1",
    rates: {
      input_uncached: "1250.000007",
      input_cache_read: "125.5",
      output_text: "10000.25",
      output_reasoning: "9999.999999",
    },
    onDisconnect: usual,
  },
  {
    provider: "openai",
    model: "text-embedding-3-small",
    rates: { input_uncached: "20.5" },
    onDisconnect: aborted,
  },
  {
    provider: "openai",
    model: "gpt-image-2",
    rates: { input_uncached: "5000.5", input_image: "10000", output_image: "40000.123456" },
    onDisconnect: usual,
  },
  {
    provider: "anthropic",
    model: "claude-haiku-4-5",
    rates: {
      input_uncached: "1000.1",
      input_cache_read: "100.01",
      input_cache_write_5m: "1250.000001",
      input_cache_write_1h: "2000.2",
      output_text: "5000.5",
    },
    onDisconnect: drained,
  },
  {
    provider: "anthropic",
    model: "claude-opus-4-8",
    // Writing for an hour has no rate of its own.
    rates: { input_uncached: "5000", input_cache_write_5m: "6250.333333", output_text: "25000.999999" },
    onDisconnect: usual,
  },
  {
    provider: "gemini",
    model: "gemini-2.5-flash-lite",
    rates: { input_uncached: "100.654321", output_text: "400.1", output_reasoning: "399.9" },
    onDisconnect: aborted,
  },
  {
    provider: "gemini",
    model: "gemini-3-flash-preview",
    rates: { input_uncached: "500.5", output_text: "3000.333" },
    long: { from: 60, rates: { input_uncached: "1001.000001", output_text: "4500.7" } },
    onDisconnect: drained,
  },
  { provider: "gemini", model: "gemini-embedding-001", rates: { input_uncached: "150.000151" }, onDisconnect: usual },
  {
    provider: "gemini",
    model: "imagen-4.0-generate-001",
    rates: { images: "40000000.5" },
    onDisconnect: usual,
  },
];

/** The price that replaces another one in the middle of the run. */
export const newPrice = {
  provider: "openai",
  model: "gpt-4o-mini",
  rates: { input_uncached: "175.175175", output_text: "650.5" },
} as const;

/** Names that stand for several models, with shares and fallbacks. */
export const routes = [
  {
    name: "fast",
    steps: [
      [
        { model: "gpt-4.1", weight: 3 },
        { model: "claude-haiku-4-5", weight: 2 },
        { model: "gemini-2.5-flash-lite", weight: 2 },
      ],
      [{ model: "gpt-4o-mini" }],
      [{ model: "gemini-3-flash-preview" }],
    ],
  },
  {
    name: "thinking",
    steps: [[{ model: "gpt-5.1" }, { model: "claude-opus-4-8" }], [{ model: "gemini-3-flash-preview" }]],
  },
  { name: "vectors", steps: [[{ model: "text-embedding-3-small" }], [{ model: "gemini-embedding-001" }]] },
  { name: "pictures", steps: [[{ model: "gpt-image-2" }, { model: "imagen-4.0-generate-001" }]] },
];
