import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

export const keysSettings = {
  keysPerUser: setting({
    env: "MAX_API_KEYS_PER_USER",
    description: "API keys that one person may have in use; revoked and expired ones do not count.",
    schema: z.coerce.number().int().min(1).max(10_000).default(100),
  }),
} as const;
