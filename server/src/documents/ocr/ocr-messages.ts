import { z } from "zod";

export interface RecogniseRequest {
  /** A grey image in the format PGM. */
  image: Uint8Array;
  dotsPerInch: number;
  /** One at least. */
  models: readonly string[];
  /** Where the models lie, each as `<model>.traineddata.gz`. */
  modelFolder: string;
}

export const RecogniseAnswer = z.object({
  text: z.string(),
  /** From 0 to 100, as the recogniser itself believes. */
  confidence: z.number(),
});
export type RecogniseAnswer = z.infer<typeof RecogniseAnswer>;
