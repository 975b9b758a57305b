import { maxTagCharacters, TagName } from "@llm-tuner/contract/tags.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { modelName, saysTag, startAskedModel } from "../../documents/jobs/testing/asked-model.ts";
import { createDocumentsWorld, type DocumentsWorld, formOf } from "../../documents/jobs/testing/documents-world.ts";
import { letterAbout } from "../../documents/jobs/testing/tiny-pdf.ts";
import { says } from "../testing/fake-model.ts";
import { hostilePdfs } from "../testing/hostile-pdfs.ts";
import { readAnswer } from "./read-answer.ts";

const maxTags = 5;
/** Nothing that a page, a spreadsheet or a program would take for more than a name. */
const forbidden = /[<>{}[\]()"`\\|,;=\p{Cc}\p{Co}\p{Cn}\p{Cs}\u202a-\u202e\u2066-\u2069]|:\/\/|^@|\.com\b|javascript:/u;

let model: Awaited<ReturnType<typeof startAskedModel>>;
let world: DocumentsWorld;
let others: unknown;

const send = async (name: string, pdf: Uint8Array<ArrayBuffer>, as: "ann" | "bob" = "ann") => {
  const options = { tagger: modelName, max_tags: String(maxTags), ocr: "off" };
  const { job_id } = await world.batch(formOf([[name, pdf]], options), as);
  return (await world.ended(job_id, as)).results[0];
};

/** All that is kept of the documents and people that were there before. */
const kept = async (): Promise<unknown> => {
  const ofOthers = "(select id from documents where file_name like 'before-%')";
  return Promise.all(
    [
      `select * from documents where id in ${ofOthers} order by id`,
      `select * from document_texts where document_id in ${ofOthers} order by document_id`,
      `select * from document_tags where document_id in ${ofOthers} order by document_id, name`,
      "select * from tags where name = 'Contract' order by id",
      "select * from users order by id",
    ].map((query) => world.database.rows(z.record(z.string(), z.unknown()), query)),
  );
};

beforeAll(async () => {
  model = await startAskedModel();
  world = await createDocumentsWorld({ waitSeconds: 60, maxAttempts: 1 }, model.taggers);
  await world.documents.start?.();
  model.upstream.plan(saysTag("Contract"), saysTag("Contract"));
  await send("before-1.pdf", letterAbout(1));
  await send("before-2.pdf", letterAbout(2), "bob");
  others = await kept();
});
afterAll(async () => {
  await world.close();
  await model.close();
});

describe("SEC-34: a PDF with an instruction for the model, which does all it says", () => {
  it("there are thirty of them", () => expect(hostilePdfs).toHaveLength(30));

  it.each(hostilePdfs.map((hostile, number) => ({ ...hostile, number })))(
    "$where: what $what",
    async ({ pdf, obeyed, read, number }) => {
      const asked = model.upstream.requests.length;
      // An answer that cannot be read is asked for once more.
      const answers = readAnswer(obeyed) === undefined ? [says(obeyed), says(obeyed)] : [says(obeyed)];
      model.upstream.plan(...answers);
      const document = await send(`hostile-${number}.pdf`, new Uint8Array(pdf));
      const requests = model.upstream.requests.slice(asked);
      expect(requests).toHaveLength(answers.length);
      expect(JSON.stringify(requests[0]?.body)).toContain(read);
      const names = document?.tags.map(({ tag }) => tag) ?? [];
      expect(names.length).toBeLessThanOrEqual(maxTags);
      const wrong = names.filter(
        (name) => TagName.safeParse(name).data !== name || name.length > maxTagCharacters || forbidden.test(name),
      );
      expect(wrong).toEqual([]);
      // What gives no tags says so; nothing else may come of it.
      expect(document?.status === "completed" || document?.error?.code === "tagger_unavailable").toBe(true);
      expect(await kept()).toEqual(others);
    },
  );
});
