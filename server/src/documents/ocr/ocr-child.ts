import { createWorker, OEM, type Worker } from "tesseract.js";
import { serveRequests } from "../../platform/processes/child-pool-server.ts";
import type { RecogniseAnswer, RecogniseRequest } from "./ocr-messages.ts";

let current: { models: string; worker: Worker } | undefined;

/** Without a folder of models the recogniser would download them. */
const workerFor = async ({ models, modelFolder }: RecogniseRequest): Promise<Worker> => {
  const joined = models.join("+");
  if (current?.models === joined) return current.worker;
  await current?.worker.terminate();
  const worker = await createWorker(joined, OEM.LSTM_ONLY, { langPath: modelFolder, cacheMethod: "none", gzip: true });
  current = { models: joined, worker };
  return worker;
};

serveRequests(async (request: RecogniseRequest): Promise<RecogniseAnswer> => {
  const worker = await workerFor(request);
  await worker.setParameters({ user_defined_dpi: String(request.dotsPerInch) });
  const { data } = await worker.recognize(Buffer.from(request.image), {}, { text: true });
  return { text: data.text, confidence: data.confidence };
});
