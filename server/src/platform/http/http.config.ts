import { z } from "zod";
import { setting } from "../config/setting.ts";

const perMinute = (limit: number) => z.coerce.number().int().min(1).max(1_000_000).default(limit);
const bytes = (limit: number) => z.coerce.number().int().min(1024).default(limit);

const list = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((item) => item.trim()))
  .transform((items) => items.filter((item) => item !== ""));

const Origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text,
    "must be an origin such as https://app.example.org",
  );

const PublicUrl = z
  .string()
  .transform((text) => text.replace(/\/$/, ""))
  .pipe(Origin)
  .refine((text) => /^https?:/.test(text), "must begin with http:// or https://");

export const httpSettings = {
  publicUrl: setting({
    env: "PUBLIC_URL",
    description:
      "Where people reach this server, such as https://tuner.example.org: links in mails, sign-in with a provider and cookies depend on it. Without it, the address that the server listens on.",
    schema: PublicUrl.optional(),
  }),
  corsOrigins: setting({
    env: "CORS_ORIGINS",
    description:
      "Origins of other sites whose pages may call the API from a browser, separated by commas, such as https://app.example.org. Never with cookies. Empty: none.",
    schema: list.pipe(z.array(Origin)),
  }),
  trustedProxies: setting({
    env: "TRUSTED_PROXIES",
    description:
      "Addresses or networks (CIDR, separated by commas) of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed. Empty: nobody's.",
    schema: list,
  }),
  jsonBodyBytes: setting({
    env: "JSON_BODY_MAX_BYTES",
    description: "Largest JSON body that is read.",
    schema: bytes(1_048_576),
  }),
  bodyTimeoutSeconds: setting({
    env: "BODY_TIMEOUT_SECONDS",
    description: "Time in which a JSON body must have arrived.",
    schema: z.coerce.number().int().min(1).max(3600).default(60),
  }),
  headersTimeoutSeconds: setting({
    env: "HEADERS_TIMEOUT_SECONDS",
    description: "Time in which the headers of a request must have arrived.",
    schema: z.coerce.number().int().min(1).max(600).default(30),
  }),
  apiDocs: setting({
    env: "API_DOCS",
    description:
      "Who may read the description of the API at /openapi.json: public is anybody, callers is whoever has credentials. Unset: anybody, but callers with PRODUCTION.",
    schema: z.enum(["public", "callers"]).optional(),
  }),
  authPerMinute: setting({
    env: "RATE_LIMIT_AUTH_PER_MINUTE",
    description: "Calls a minute to sign-in and registration routes, and failed credentials, from one address.",
    schema: perMinute(60),
  }),
  readPerMinute: setting({
    env: "RATE_LIMIT_READ_PER_MINUTE",
    description: "Reading calls a minute of one caller.",
    schema: perMinute(1200),
  }),
  writePerMinute: setting({
    env: "RATE_LIMIT_WRITE_PER_MINUTE",
    description: "Changing calls a minute of one caller.",
    schema: perMinute(240),
  }),
  uploadPerMinute: setting({
    env: "RATE_LIMIT_UPLOAD_PER_MINUTE",
    description: "Uploads a minute of one caller.",
    schema: perMinute(60),
  }),
  spendPerMinute: setting({
    env: "RATE_LIMIT_SPEND_PER_MINUTE",
    description: "Calls a minute that make a model answer, of an account whose tier has no limit of its own.",
    schema: perMinute(600),
  }),
  probePerMinute: setting({
    env: "RATE_LIMIT_PROBE_PER_MINUTE",
    description: "Health checks a minute from one address.",
    schema: perMinute(1200),
  }),
} as const;
