import { z } from "zod";
import type { DirectProvider } from "./direct-models.ts";

/** What a satellite is told by its surroundings. */
export interface SatelliteSettings {
  platformUrl: URL;
  platformApiKey: string;
  providers: readonly DirectProvider[];
  /** Pages whose scripts may call; `*` for all of them. */
  allowedOrigins: readonly string[];
}

const address = z.url({ protocol: /^https?$/ });
const apiKey = z.string().trim().min(1).optional();

const variables = z.object({
  PLATFORM_URL: address.describe("Where the platform is reached."),
  PLATFORM_API_KEY: z.string().trim().min(1).describe("An administrator's key with the scope satellite."),
  OPENAI_API_KEY: apiKey.describe("Offers the models of OpenAI."),
  OPENAI_BASE_URL: address.default("https://api.openai.com"),
  ANTHROPIC_API_KEY: apiKey.describe("Offers the models of Anthropic."),
  ANTHROPIC_BASE_URL: address.default("https://api.anthropic.com"),
  GEMINI_API_KEY: apiKey.describe("Offers the models of Google Gemini."),
  GEMINI_BASE_URL: address.default("https://generativelanguage.googleapis.com"),
  ALLOWED_ORIGINS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((origin) => origin.trim())
        .filter((origin) => origin !== ""),
    )
    .describe("Pages whose scripts may call, separated by commas; * for all of them."),
});

/** The settings of a satellite. Throws with every variable that is missing or wrong. */
export const readSatelliteSettings = (environment: Readonly<Record<string, unknown>>): SatelliteSettings => {
  const parsed = variables.safeParse(environment);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    throw new Error(`The satellite's settings are not complete.\n${faults.join("\n")}`);
  }
  const { OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY, ...rest } = parsed.data;
  const providers: DirectProvider[] = [];
  if (OPENAI_API_KEY !== undefined) {
    const headers = { authorization: `Bearer ${OPENAI_API_KEY}` };
    providers.push({ name: "openai", adapter: "openai", baseUrl: new URL(rest.OPENAI_BASE_URL), headers });
  }
  if (ANTHROPIC_API_KEY !== undefined) {
    const headers = { "x-api-key": ANTHROPIC_API_KEY, "anthropic-version": "2023-06-01" };
    providers.push({ name: "anthropic", adapter: "anthropic", baseUrl: new URL(rest.ANTHROPIC_BASE_URL), headers });
  }
  if (GEMINI_API_KEY !== undefined) {
    const headers = { "x-goog-api-key": GEMINI_API_KEY };
    providers.push({ name: "gemini", adapter: "gemini", baseUrl: new URL(rest.GEMINI_BASE_URL), headers });
  }
  return {
    platformUrl: new URL(rest.PLATFORM_URL),
    platformApiKey: rest.PLATFORM_API_KEY,
    providers,
    allowedOrigins: rest.ALLOWED_ORIGINS,
  };
};
