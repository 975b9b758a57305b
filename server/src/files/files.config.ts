import { z } from "zod";
import { setting } from "../platform/config/setting.ts";

const gibibyte = 1024 ** 3;

export const filesSettings = {
  maxUploadBytes: setting({
    env: "MAX_UPLOAD_BYTES",
    description: "Size of the largest file that may be uploaded, in bytes.",
    schema: z.coerce
      .number()
      .int()
      .min(1)
      .max(1024 * gibibyte)
      .default(2 * gibibyte),
  }),
  maxUploadFiles: setting({
    env: "MAX_UPLOAD_FILES",
    description: "Files that one upload may bring.",
    schema: z.coerce.number().int().min(1).max(1000).default(50),
  }),
  storageBytesPerUser: setting({
    env: "STORAGE_BYTES_PER_USER",
    description: "What all files of one person may take together, in bytes.",
    schema: z.coerce
      .number()
      .int()
      .min(1)
      .max(1024 * 1024 * gibibyte)
      .default(20 * gibibyte),
  }),
} as const;
