import { z } from "zod";

/** How a scripted worker behaves; what is left out is as it should be. */
export const WorkerScript = z.strictObject({
  /** It writes this to its log and ends at once. */
  failure: z.string().optional(),
  /** It runs but never says that it is ready. */
  neverReady: z.boolean().default(false),
  healthStatus: z.int().default(200),
  /** It stays when the server that started it is gone. */
  outlivesServer: z.boolean().default(false),
  ignoresSigterm: z.boolean().default(false),
});
export type WorkerScript = z.input<typeof WorkerScript>;
