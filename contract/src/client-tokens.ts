import { z } from "zod";
import { AllowedModels, UsdLimit } from "./api-keys.ts";
import { defineEndpoint } from "./endpoint.ts";
import { ClientTokenId } from "./ids.ts";
import { Timestamp } from "./paging.ts";

/** Seconds; a page or a function asks for a new token when it needs one for longer. */
export const clientTokenLifetime = { min: 10, max: 7200, default: 600 } as const;

/** Parameters of a request that its sender may not choose: absent ones are filled in, different ones refused. */
export const LockedParameters = z
  .strictObject({
    model: z.string().min(1).max(200).optional(),
    system: z
      .string()
      .min(1)
      .max(8000)
      .optional()
      .meta({ description: "The only instruction of the conversation; further system messages are refused." }),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    max_tokens: z.int().min(1).max(1_000_000).optional().meta({ description: "Also the most that may be asked for." }),
    stop: z.union([z.string().max(200), z.array(z.string().max(200)).max(4)]).optional(),
    seed: z.int().optional(),
  })
  .meta({ id: "LockedParameters" });
export type LockedParameters = z.infer<typeof LockedParameters>;

export const CreateClientTokenRequest = z.strictObject({
  ttl_seconds: z.int().min(clientTokenLifetime.min).max(clientTokenLifetime.max).default(clientTokenLifetime.default),
  models: AllowedModels.optional().meta({ description: "Never more than the credential that asks may use." }),
  max_requests: z.int().min(1).max(1_000_000).optional(),
  max_spend_usd: UsdLimit.optional(),
  origin: z
    .url()
    .max(300)
    .refine(
      (url) => URL.canParse(url) && new URL(url).origin === url,
      "must be an origin such as https://app.example.org",
    )
    .optional()
    .meta({ description: "The token is refused from pages of any other origin; it must be listed in CORS_ORIGINS." }),
  locked: LockedParameters.optional(),
});

export const createClientToken = defineEndpoint({
  id: "createClientToken",
  tag: "Accounts",
  dialect: "platform",
  access: "caller",
  scope: "chat",
  summary: "A short-lived token for a browser or a serverless function, with bounds that its holder cannot change",
  method: "POST",
  path: "/api/auth/client-token",
  rateClass: "write",
  body: CreateClientTokenRequest,
  responses: {
    201: {
      description: "The token; it cannot be read again",
      schema: z
        .strictObject({ id: ClientTokenId, client_token: z.string(), expires_at: Timestamp })
        .meta({ id: "ClientToken" }),
    },
  },
});
