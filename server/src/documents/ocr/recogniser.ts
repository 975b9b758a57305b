import { rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { makeTemporaryFolder } from "../../platform/file-system/temporary-folders.ts";
import type { Log } from "../../platform/log/log.ts";
import { createChildPool, type ChildOutcome } from "../../platform/processes/child-pool.ts";
import { installedOcrLanguages, type OcrLanguage } from "./ocr-languages.ts";
import { RecogniseAnswer, type RecogniseRequest } from "./ocr-messages.ts";

const mebibyte = 1_048_576;

/** Recognises text in images of pages, without a network and without native code. */
export interface Recogniser {
  /** The languages that it can read. */
  languages(): Promise<readonly OcrLanguage[]>;
  recognise(
    request: Omit<RecogniseRequest, "modelFolder">,
    options: { signal: AbortSignal },
  ): Promise<ChildOutcome<RecogniseAnswer>>;
  close(): Promise<void>;
}

interface Models {
  languages: OcrLanguage[];
  folder: string;
}

/** All models in one folder, where the recogniser wants them; each comes in a package of its own. */
const gatherModels = async (): Promise<Models> => {
  const languages = await installedOcrLanguages();
  const folder = await makeTemporaryFolder();
  await Promise.all(languages.map(({ path }) => symlink(path, join(folder, basename(path)))));
  return { languages, folder };
};

export const createRecogniser = ({
  atOnce,
  pageSeconds,
  log,
}: {
  atOnce: number;
  pageSeconds: number;
  log: Log;
}): Recogniser => {
  const pool = createChildPool({
    modulePath: join(import.meta.dirname, "ocr-child.ts"),
    size: atOnce,
    result: RecogniseAnswer,
    event: z.never(),
    limits: {
      wallMs: () => pageSeconds * 1000,
      maxRssBytes: 1024 * mebibyte,
      // Starting anew means loading the models anew.
      recycleAfter: 200,
      recycleAboveRssBytes: 640 * mebibyte,
      heapBytes: 256 * mebibyte,
      idleMs: 60_000,
    },
    log,
  });
  let gathered: Promise<Models> | undefined;
  const models = (): Promise<Models> => (gathered ??= gatherModels());

  return {
    languages: async () => (await models()).languages,
    async recognise(request, options) {
      const { folder } = await models();
      return pool.run({ ...request, modelFolder: folder }, options);
    },
    async close() {
      await pool.close();
      if (gathered) await rm((await gathered).folder, { recursive: true, force: true });
    },
  };
};
