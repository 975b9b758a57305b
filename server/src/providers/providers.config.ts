import { z } from "zod";
import { setting } from "../platform/config/setting.ts";
import { httpRules, parseBaseUrl } from "./connections/base-url.ts";
import type { ProviderKind } from "@llm-tuner/contract/providers.ts";

const apiKeyOf = (provider: string, env: string) =>
  setting({
    env,
    description: `API key of ${provider}: its models are offered as soon as it is set. Others are connected by an administrator.`,
    schema: z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]{1,500}$/, "must be at most 500 printable characters without spaces")
      .optional(),
    secret: true,
  });

const baseUrlOf = (provider: string, kind: ProviderKind, env: string) =>
  setting({
    env,
    description: `Address of ${provider} without its version, where it is not the usual one.`,
    // Whoever sets the environment may name any host; an administrator in the browser is bound by PROVIDER_HTTP.
    schema: z
      .string()
      .trim()
      .max(300)
      .optional()
      .superRefine((text, context) => {
        if (text === undefined) return;
        const parsed = parseBaseUrl(text, { kind, http: "private" });
        if ("fault" in parsed) context.addIssue({ code: "custom", message: parsed.fault });
      }),
  });

export const providersSettings = {
  openaiApiKey: apiKeyOf("OpenAI", "OPENAI_API_KEY"),
  openaiBaseUrl: baseUrlOf("OpenAI", "openai", "OPENAI_BASE_URL"),
  anthropicApiKey: apiKeyOf("Anthropic", "ANTHROPIC_API_KEY"),
  anthropicBaseUrl: baseUrlOf("Anthropic", "anthropic", "ANTHROPIC_BASE_URL"),
  geminiApiKey: apiKeyOf("Google Gemini", "GEMINI_API_KEY"),
  geminiBaseUrl: baseUrlOf("Google Gemini", "gemini", "GEMINI_BASE_URL"),
  providerHttp: setting({
    env: "PROVIDER_HTTP",
    description:
      "Which providers may be connected without TLS: none, loopback (this very machine), or private (also private networks).",
    schema: z.enum(httpRules).default("loopback"),
  }),
  storedResponsesDays: setting({
    env: "STORED_RESPONSES_DAYS",
    description: "Days for which responses are kept that their callers asked to store.",
    schema: z.coerce.number().int().min(1).max(3650).default(30),
  }),
  videoJobsDays: setting({
    env: "VIDEO_JOBS_DAYS",
    description: "Days for which orders of videos are kept; providers themselves keep a video for some hours or days.",
    schema: z.coerce.number().int().min(1).max(3650).default(30),
  }),
} as const;
