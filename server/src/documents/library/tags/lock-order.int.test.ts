import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { newId } from "../../../platform/ids.ts";
import { until } from "../../../platform/testing/until.ts";
import { DocumentJobsStore } from "../../jobs/document-jobs.store.ts";
import { createLibraryWorld, type LibraryWorld, people } from "../testing/library-world.ts";

/*
 * A merge holds its tags and changes the documents that have them, one after the other. Whoever changes the tags of a
 * document meanwhile must wait for it at its beginning: with a part of the document's rows in hand, each would wait for the
 * other.
 */

let world: LibraryWorld;
beforeAll(async () => {
  world = await createLibraryWorld();
});
afterAll(() => world.close());

const Tags = z.object({ tags: z.array(z.object({ id: z.string(), name: z.string() })) });
const Count = z.object({ count: z.coerce.number() });

async function tagId(name: string): Promise<string> {
  const response = await world.call("GET", "/api/tags?limit=500");
  const found = Tags.parse(response.json()).tags.find((tag) => tag.name === name);
  if (found === undefined) throw new Error(`no tag ${name}`);
  return found.id;
}

async function waiting(): Promise<number> {
  const text = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  return (await world.database.row(Count, text))?.count ?? 0;
}

/** Two documents of these tags; the first comes before the second however the database goes through them. */
async function twoDocuments(tags: readonly string[]): Promise<[first: string, second: string]> {
  const first = await world.add({ tags: tags.slice(0, 1) });
  for (;;) {
    const second = await world.add({ tags });
    if (second > first) return [first, second];
    await world.call("DELETE", `/api/history/documents/${second}`);
  }
}

/** Merges `from` into `into`, and begins `change` when the merge has its tags and some rows, and not yet all. */
async function whileMerging(
  { from, into, held }: { from: string; into: string; held: string },
  change: () => Promise<unknown>,
): Promise<number> {
  const url = `/api/tags/${await tagId(into)}/merge`;
  const body = { from: [await tagId(from)] };
  let merging: ReturnType<LibraryWorld["call"]> | undefined;
  let changing: Promise<unknown> | undefined;
  await world.database.transaction(async (transaction) => {
    await transaction.execute("select from document_tags where document_id = $1 for update", [held]);
    merging = world.call("POST", url, { body });
    await until(async () => (await waiting()) >= 1);
    changing = change();
    await until(async () => (await waiting()) >= 2);
  });
  const [merged] = await Promise.all([merging, changing]);
  return merged?.statusCode ?? 0;
}

const statesOf = async (id: string) => {
  const [view] = await world.library.documentViews([id]);
  return Object.fromEntries((view?.tags ?? []).map(({ tag, state }) => [tag, state]));
};

it("lets a decision wait for a merge of the tags that it rejects", async () => {
  const [held, decided] = await twoDocuments(["lorry", "truck"]);
  let status = 0;
  const merged = await whileMerging({ from: "lorry", into: "truck", held }, async () => {
    const url = `/api/history/documents/${decided}`;
    status = (await world.call("PATCH", url, { body: { tags: [] } })).statusCode;
  });
  expect([merged, status]).toEqual([200, 200]);
  expect(await statesOf(decided)).toEqual({ truck: "rejected" });
});

it("lets a document that is tagged again wait for a merge of its tags", async () => {
  const [held, tagged] = await twoDocuments(["vessel"]);
  await world.add({ tags: ["ship"] });
  const merged = await whileMerging({ from: "vessel", into: "ship", held }, () =>
    world.database.transaction((transaction) =>
      world.library.recordTags(transaction, {
        documentId: tagged,
        userId: people.ann,
        tags: ["vessel", "harbour"].map((name) => ({ name, isNew: false, source: "model" as const })),
        autoAccept: "none",
      }),
    ),
  );
  expect(merged).toBe(200);
  // The merge was first, so that the tag is made once more.
  expect(await statesOf(tagged)).toEqual({ vessel: "suggested", harbour: "suggested" });
});

/**
 * Three documents, each behind the one before however the database goes through them: one of another job with the tag that
 * is merged, one with the same, and one with both tags, of which the merge deletes one before it changes any of the others.
 */
async function documentsOfTwoJobs(from: string, into: string): Promise<[held: string, one: string, both: string]> {
  const [held, one] = await twoDocuments([from]);
  for (;;) {
    const both = await world.add({ tags: [from, into] });
    if (both > one) {
      const otherJob = newId("documentJob");
      await world.database.execute(
        `insert into document_jobs (id, user_id, job_type, name, options, created_at)
         values ($1, $2, 'batch', 'other', '{}', now())`,
        [otherJob, people.ann],
      );
      await world.database.execute("update documents set job_id = $2 where id = $1", [held, otherJob]);
      return [held, one, both];
    }
    await world.call("DELETE", `/api/history/documents/${both}`);
  }
}

it("lets the deletion of a document wait for a merge of its tags", async () => {
  const [held, one, both] = await documentsOfTwoJobs("anchor", "mooring");
  let status = 0;
  const merged = await whileMerging({ from: "anchor", into: "mooring", held }, async () => {
    status = (await world.call("DELETE", `/api/history/documents/${both}`)).statusCode;
  });
  expect([merged, status]).toEqual([200, 204]);
  expect([await statesOf(held), await statesOf(one)]).toEqual([{ mooring: "suggested" }, { mooring: "suggested" }]);
});

it("lets the deletion of a job wait for a merge of the tags of its documents", async () => {
  const [held, one, both] = await documentsOfTwoJobs("berth", "quay");
  const jobs = new DocumentJobsStore(world.database);
  const jobOf = "select job_id as id from documents where id = $1";
  const job = await world.database.row(z.object({ id: z.string() }), jobOf, [one]);
  const merged = await whileMerging({ from: "berth", into: "quay", held }, () =>
    world.database.transaction((transaction) => jobs.delete(transaction, job?.id ?? "")),
  );
  expect(merged).toBe(200);
  expect(await statesOf(held)).toEqual({ quay: "suggested" });
  expect(await world.library.documentViews([one, both])).toEqual([]);
});
