import { text as textOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { createDatasetWorld, realTrainer, users } from "../datasets/testing/dataset-world.ts";
import { createModelWorld, knownModel, says } from "./testing/fake-model.ts";
import { createTrainingDataMaker } from "./training-data.ts";

const world = await createDatasetWorld();
const Row = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })) });

const texts = {
  de: "Rechnung Nummer 1. Überweisung der Gebühren „sofort“. Grüße und Zahlungsziel, Aktenzeichen. ",
  en: "Invoice number 1. The fees are to be paid at once, with the reference of this letter. ",
};

async function* documents(count: number) {
  for (let index = 0; index < count; index += 1) {
    const language = index % 2 === 0 ? "de" : "en";
    const text = `${index} ${texts[language].repeat(index)}`;
    yield { title: `Rechnung ${index}`, text, language, tags: ["Rechnung", `Kunde ${index}`, "Überweisung"] };
  }
}

const contextTokens = 512;
const linesOf = async (fileId: string) =>
  (await textOf(await world.files.open(fileId)))
    .trim()
    .split("\n")
    .map((line) => Row.parse(JSON.parse(line)).messages);

describe("training data", () => {
  it("teach the very prompt that the tuned model is asked with, and fit its context", async () => {
    const platform = await world.start({ trainer: realTrainer });
    const maker = createTrainingDataMaker({
      files: world.files,
      createDataset: platform.datasets.create,
      baseModelContext: () => contextTokens,
    });
    const made = await maker.create({
      userId: users.ann,
      name: "My tags",
      baseModel: "starter",
      documents: documents(40),
    });
    expect([made.examples, made.dataset.name, made.dataset.base_model]).toEqual([40, "My tags", "starter"]);

    const dataset = await platform.datasets.waitUntilChecked(made.dataset.id, 60_000);
    expect(dataset).toMatchObject({ status: "ready", report: { rows: 40, format: ".jsonl" } });
    for (const part of [dataset.report?.train, dataset.report?.held_out]) {
      // By the base model's own tokenizer.
      expect(part?.longest_example_tokens).toBeLessThanOrEqual(contextTokens);
    }

    const lines = await linesOf(made.dataset.file_ids[0] ?? "");
    const model = await createModelWorld();
    try {
      for await (const [index, { title, text, language }] of entries(documents(40))) {
        const [system, user, answer] = lines[index] ?? [];
        model.upstream.plan(says(answer?.content ?? ""));
        const outcome = await model.tag(
          // However many tags are asked for, the text is as long as it was taught.
          {
            document: { title, text, language, fileName: "any.pdf" },
            languages: [],
            maxTags: 3 + (index % 28),
            mode: "free",
          },
          { ...knownModel, isOwn: true, contextTokens },
        );
        const { messages } = Row.parse(model.upstream.requests.at(-1)?.body);
        expect(messages).toEqual([system, user]);
        expect(outcome).toMatchObject({ ok: true, result: { promptVersion: "tuned-tags-1" } });
        const names = outcome.ok ? outcome.result.tags.map(({ name }) => name) : [];
        expect(names).toEqual(["Rechnung", `Kunde ${index}`, "Überweisung"]);
      }
    } finally {
      await model.close();
    }
  });

  it("leave nothing behind when the data set cannot be made", async () => {
    const platform = await world.start();
    const maker = createTrainingDataMaker({
      files: world.files,
      createDataset: platform.datasets.create,
      baseModelContext: () => null,
    });
    const before = await fileCount();
    const request = { userId: users.ann, name: "x", baseModel: "no-such-model", documents: documents(20) };
    await expect(maker.create(request)).rejects.toMatchObject({ status: 422 });
    expect(await fileCount()).toBe(before);
  });
});

const Count = z.object({ count: z.coerce.number() });
const fileCount = async (): Promise<number> =>
  (await world.database.row(Count, "select count(*) as count from files", []))?.count ?? 0;

async function* entries<Item>(items: AsyncIterable<Item>): AsyncGenerator<[number, Item]> {
  let index = 0;
  for await (const item of items) {
    yield [index, item];
    index += 1;
  }
}
