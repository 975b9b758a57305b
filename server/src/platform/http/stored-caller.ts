import { LockedParameters } from "@llm-tuner/contract/client-tokens.ts";
import { z } from "zod";
import type { Caller } from "./caller.ts";

/** A caller as it is written down with work that is done later, so that it is done under the same bounds. */
export type StoredCaller = Omit<Caller, "scopes" | "notices"> & { scopes: string[] };

/** What a credential narrows, as it is read back from where it was written down. */
export const StoredBounds = z.object({
  allowedModels: z.array(z.string()).nullable(),
  spend: z.array(
    z.object({
      subject: z.string(),
      period: z.enum(["total", "month", "day"]),
      limitNanoUsd: z.int().nullable(),
      maxRequests: z.int().nullable(),
    }),
  ),
  locked: LockedParameters.nullable(),
  tier: z.object({ name: z.string(), subject: z.string() }).nullable(),
});

/** A caller as it is read back from a row. */
export const StoredCallerColumn: z.ZodType<StoredCaller> = z.object({
  userId: z.string(),
  role: z.enum(["user", "admin"]),
  tier: z.string(),
  sessionId: z.string().nullable(),
  apiKeyId: z.string().nullable(),
  clientTokenId: z.string().nullable(),
  scopes: z.array(z.string()),
  bounds: StoredBounds,
});

/** What of a caller is written down with work that goes on when the request has ended. */
export const storedCallerOf = ({ scopes, notices: _notices, ...caller }: Caller): StoredCaller => ({
  ...caller,
  scopes: [...scopes],
});
