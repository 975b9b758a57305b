import type { TrainingDataMaker } from "../documents/documents.module.ts";
import type { FilesModule } from "../files/files.module.ts";
import { safeFilename } from "../platform/object-store/object-key.ts";
import { buildTunedPrompt, tunedAnswer, tunedTextTokens, usualAnswerTokens } from "./model/tuned-prompt.ts";
import { estimateTokens } from "./model/token-estimate.ts";
import type { BaseModelContext, CreateDataset } from "./ports.ts";

export interface TrainingDataDependencies {
  files: Pick<FilesModule, "storeGenerated" | "remove">;
  createDataset: CreateDataset;
  baseModelContext: BaseModelContext;
}

type TrainingDocument =
  Parameters<TrainingDataMaker["create"]>[0]["documents"] extends AsyncIterable<infer Item> ? Item : never;

const heldOutFraction = 0.1;

/** A document as an example: what the model will be asked, and the answer that `readAnswer` reads. */
function trainingRow({ title, text, language, tags }: TrainingDocument, contextTokens: number | null): string {
  const answer = tunedAnswer(tags);
  const answerTokens = Math.max(usualAnswerTokens, estimateTokens(answer));
  const { system, user } = buildTunedPrompt(
    { title, text },
    tunedTextTokens({ contextTokens, answerTokens, language }),
  );
  const messages = [
    { role: "system", content: system },
    { role: "user", content: user },
    { role: "assistant", content: answer },
  ];
  return `${JSON.stringify({ messages })}\n`;
}

/** Data sets that teach a small model to tag as a person does. */
export function createTrainingDataMaker(dependencies: TrainingDataDependencies): TrainingDataMaker {
  const { files, createDataset, baseModelContext } = dependencies;
  return {
    async create({ userId, name, baseModel, documents }) {
      const context = baseModelContext(baseModel);
      const encoder = new TextEncoder();
      let examples = 0;
      async function* rows(): AsyncGenerator<Uint8Array> {
        for await (const document of documents) {
          examples += 1;
          yield encoder.encode(trainingRow(document, context));
        }
      }
      const fileName = `${safeFilename(name)}.jsonl`;
      const file = await files.storeGenerated(userId, { name: fileName, bytes: rows() });
      try {
        const dataset = await createDataset(userId, {
          file_ids: [file.id],
          base_model: baseModel,
          name,
          mapping: { kind: "messages" },
          held_out_fraction: heldOutFraction,
        });
        return { dataset, examples };
      } catch (error) {
        // Nobody asked for the file alone.
        await files.remove(userId, file.id);
        throw error;
      }
    },
  };
}
