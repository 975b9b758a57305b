import { afterAll, beforeAll, expect, it } from "vitest";
import { createDocumentsWorld, type DocumentsWorld, formOf } from "./testing/documents-world.ts";

let world: DocumentsWorld;
beforeAll(async () => {
  world = await createDocumentsWorld();
});
afterAll(() => world.close());

it("deletes many files of a job behind the answer, and none that another document has", async () => {
  const { job_id } = await world.batch(formOf([["letter.pdf", "no PDF"]]));
  const keys = Array.from(
    { length: 450 },
    (_, number) => `documents/doc_copy${String(number).padStart(18, "0")}/file.pdf`,
  );
  for (const key of keys) await world.objectStore.put(key, Buffer.from("x"));
  await world.database.execute(
    `insert into documents (id, job_id, user_id, position, title, file_name, status, object_key, created_at)
     select split_part(key, '/', 2), job_id, user_id, number, title, file_name, 'completed', key, created_at
     from documents, unnest($2::text[]) with ordinality as copy (key, number) where job_id = $1`,
    [job_id, keys],
  );
  const other = await world.batch(formOf([["letter.pdf", "no PDF"]]));
  await world.database.execute("update documents set object_key = $2 where job_id = $1", [other.job_id, keys[449]]);

  const answer = await world.call(`/api/history/jobs/${job_id}`, { method: "DELETE" });
  expect(answer.status).toBe(204);
  expect((await world.call(`/api/process/batch-status/${job_id}`)).status).toBe(404);
  const waiting = world.held.take("documents.delete-objects");
  expect(waiting.length).toBeGreaterThan(0);
  const left = async () => {
    const there = await Promise.all(keys.map((key) => world.objectStore.exists(key)));
    return keys.filter((_, index) => there[index]);
  };
  expect((await left()).length).toBe(waiting.flatMap(({ object_keys }) => object_keys).length);
  const worker = world.documents.workers.find(({ queue }) => queue === "documents.delete-objects");
  for (const payload of [...waiting, ...waiting]) await worker?.handle(payload, new AbortController().signal);
  expect(await left()).toEqual([keys[449]]);
});
