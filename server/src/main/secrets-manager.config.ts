import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

export const secretsManagerSettings = {
  secretId: setting({
    env: "AWS_SECRETS_MANAGER_SECRET_ID",
    description:
      "Name or ARN of a secret in AWS Secrets Manager from which settings are read at the start: a JSON object of settings by name. AWS_ENDPOINT_URL and AWS's usual credentials are honoured.",
    schema: z.string().trim().min(1).max(2048).optional(),
  }),
  region: setting({
    env: "AWS_REGION",
    description: "Region of AWS in which that secret lies; without it AWS's own configuration decides.",
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "must be a region, such as eu-central-1")
      .optional(),
  }),
} as const;
