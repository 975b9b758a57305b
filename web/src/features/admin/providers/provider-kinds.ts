import type { ProviderConnection, ProviderKind } from "@llm-tuner/contract/providers.ts";

interface KindWords {
  word: string;
  meaning: string;
  usualName: string;
  /** Where the provider lives when no address is given; null where each installation has its own. */
  usualAddress: string | null;
  whereKeysAre: string;
}

/** What a person has to know of each kind of provider to connect one. */
export const kindWords: Readonly<Record<ProviderKind, KindWords>> = {
  openai: {
    word: "OpenAI",
    meaning: "OpenAI's own API.",
    usualName: "openai",
    usualAddress: "https://api.openai.com",
    whereKeysAre: "Make one at platform.openai.com under API keys. It begins with sk-.",
  },
  anthropic: {
    word: "Anthropic",
    meaning: "Anthropic's own API, with the Claude models.",
    usualName: "anthropic",
    usualAddress: "https://api.anthropic.com",
    whereKeysAre: "Make one at platform.claude.com under API keys. It begins with sk-ant-.",
  },
  gemini: {
    word: "Google Gemini",
    meaning: "Google's Gemini API.",
    usualName: "gemini",
    usualAddress: "https://generativelanguage.googleapis.com",
    whereKeysAre: "Make one at aistudio.google.com under Get API key.",
  },
  "openai-compatible": {
    word: "OpenAI-compatible",
    meaning: "vLLM, Ollama, llama.cpp, or any other server that speaks OpenAI's dialect.",
    usualName: "",
    usualAddress: null,
    whereKeysAre: "The one that the server was started with. Empty where it asks for none.",
  },
};

const environmentNames: Readonly<Record<Exclude<ProviderKind, "openai-compatible">, string>> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  gemini: "GEMINI_API_KEY",
};

/** The setting that makes a connection of the environment. */
export const environmentNameOf = (kind: ProviderKind): string =>
  kind === "openai-compatible" ? "" : environmentNames[kind];

/** As models are known under it in the ledger and in prices. */
export const providerOf = ({ kind, name }: Pick<ProviderConnection, "kind" | "name">): string =>
  kind === "openai-compatible" ? name : kind;
