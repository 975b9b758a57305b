import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../platform/testing/until.ts";
import { startDocumentHost } from "./jobs/testing/document-host.ts";
import { createDocumentsWorld, type DocumentsWorld, people } from "./jobs/testing/documents-world.ts";
import { letterAbout } from "./jobs/testing/tiny-pdf.ts";

let host: Awaited<ReturnType<typeof startDocumentHost>>;
let world: DocumentsWorld;
/** What the host still owes an answer for. */
const held: (() => void)[] = [];

beforeAll(async () => {
  host = await startDocumentHost((request, response) => {
    const path = request.url ?? "";
    const answer = () =>
      void response.end(path.startsWith("/page") ? "<html></html>" : letterAbout(Number(path.slice(8))));
    if (path.startsWith("/held")) held.push(() => void response.end(letterAbout(1000)));
    else answer();
  });
  world = await createDocumentsWorld({ insideHosts: new Set([host.name]), waitSeconds: 150 });
  await world.documents.start?.();
});
afterAll(async () => {
  await world.close();
  await host.close();
});

/** The value of one line of what is scraped; undefined when there is no such line. */
const valueOf = async (series: string): Promise<number | undefined> => {
  const line = (await world.documents.metrics()).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
/** Waits until a line has this value: a document is counted right after it is written down. */
const reaches = (series: string, value: number) => until(async () => (await valueOf(series)) === value);

describe("metrics of documents", () => {
  it("count the ends of documents by the closed list of their outcomes, and time what was done for them", async () => {
    const { job_id } = await world.batch({ urls: [host.url("/letter/1"), host.url("/letter/2"), host.url("/page")] });
    expect(await world.ended(job_id)).toMatchObject({ completed: 2, failed: 1 });
    await reaches('documents_ended_total{outcome="completed"}', 2);
    await reaches('documents_ended_total{outcome="not_a_pdf"}', 1);
    expect(await valueOf('documents_extraction_duration_seconds_count{outcome="completed"}')).toBe(2);
    expect(await valueOf('documents_extraction_duration_seconds_count{outcome="not_a_pdf"}')).toBe(1);
    expect(await valueOf('documents_tagging_duration_seconds_count{tagger="offline",outcome="completed"}')).toBe(2);
    expect(await valueOf('documents_recognition_duration_seconds_count{outcome="completed"}')).toBeUndefined();
  });

  it("show what waits and what is worked on by now, and since when", async () => {
    expect(await valueOf('documents_open{status="pending"}')).toBe(0);
    expect(await valueOf('documents_oldest_age_seconds{status="processing"}')).toBe(0);
    const { job_id } = await world.batch({ urls: [host.url("/held")] });
    await until(() => held.length === 1);
    expect(await valueOf('documents_open{status="processing"}')).toBe(1);
    world.clock.advance(90_000);
    expect(await valueOf('documents_oldest_age_seconds{status="processing"}')).toBeGreaterThanOrEqual(90);
    expect((await world.post(`/api/process/batch-status/${job_id}/pause`, {})).status).toBe(200);
    expect(await valueOf('documents_paused_jobs{reason="person"}')).toBe(1);
    for (const answer of held.splice(0)) answer();
    await until(async () => (await valueOf('documents_open{status="processing"}')) === 0);
  });

  it("count why jobs had to wait", async () => {
    world.suspended.add(people.ann);
    await world.batch({ urls: [host.url("/letter/3")] });
    await reaches('documents_job_pauses_total{reason="account"}', 1);
    expect(await valueOf('documents_paused_jobs{reason="account"}')).toBe(1);
  });
});
