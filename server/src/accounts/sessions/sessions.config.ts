import { z } from "zod";
import { setting } from "../../platform/config/setting.ts";

export const sessionsSettings = {
  reauthenticationMinutes: setting({
    env: "REAUTHENTICATION_MINUTES",
    description: "How long a sign-in, or a password that was proved again, counts as recent for what asks for that.",
    schema: z.coerce.number().int().min(1).max(1440).default(15),
  }),
} as const;
