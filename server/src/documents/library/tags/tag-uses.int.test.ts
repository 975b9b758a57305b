import { Tag } from "@llm-tuner/contract/tags.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createLibraryWorld, type LibraryWorld, people } from "../testing/library-world.ts";
import { tagUsesStore } from "./tag-uses.store.ts";

let world: LibraryWorld;
beforeAll(async () => {
  world = await createLibraryWorld();
});
afterAll(() => world.close());

const Counted = z.object({
  name: z.string(),
  documents: z.coerce.number(),
  accepted: z.coerce.number(),
  suggested: z.coerce.number(),
  rejected: z.coerce.number(),
});
const TagList = z.object({ tags: z.array(Tag) });

async function listed() {
  const response = await world.call("GET", "/api/tags?sort=name&limit=500");
  return TagList.parse(response.json()).tags;
}

const States = z.record(z.string(), z.number());
const State = z.object({ state: z.string(), count: z.number() });

/** What the tags of all documents come to. */
const recounted = async () => ({
  states: Object.fromEntries(
    (
      await world.database.rows(
        State,
        `select state, count(*)::int from document_tags join documents on id = document_id where user_id = $1 group by 1`,
        [people.ann],
      )
    ).map(({ state, count }) => [state, count]),
  ),
  tags: await world.database.rows(
    Counted,
    `select tag.name,
       count(*) filter (where state in ('accepted', 'suggested')) as documents,
       count(*) filter (where state = 'accepted') as accepted,
       count(*) filter (where state = 'suggested') as suggested,
       count(*) filter (where state in ('edited', 'rejected')) as rejected
     from tags tag left join document_tags on tag_id = tag.id where user_id = $1
     group by tag.id order by tag.folded, tag.id`,
    [people.ann],
  ),
});
const counted = async () => {
  const stats = (await world.call("GET", "/api/history/stats")).json();
  return {
    states: z.object({ tags_by_state: States }).parse(stats).tags_by_state,
    tags: (await listed()).map((tag) => Counted.parse(tag)),
  };
};

const changes = async (): Promise<number> =>
  (await world.database.rows(z.object({}), "select from tag_use_changes where user_id = $1", [people.ann])).length;
const addUp = () => world.database.transaction((transaction) => tagUsesStore.addUpChanges(transaction, people.ann));
const tagNamed = async (name: string): Promise<Tag> => {
  const found = (await listed()).find((tag) => tag.name === name);
  if (found === undefined) throw new Error(`no tag ${name}`);
  return found;
};
const decide = (id: string, decisions: object[]) =>
  world.call("PATCH", `/api/history/documents/${id}`, { body: { decisions } });

describe.each(["as changes", "added up"])("numbers of tags that are kept %s", (kept) => {
  const settle = async () => (kept === "added up" ? addUp() : undefined);
  let documents: string[] = [];

  beforeEach(async () => {
    documents = [];
    for (let number = 0; number < 6; number += 1) {
      const names = ["one", "two", "three", "four"].slice(0, 1 + (number % 4));
      documents.push(await world.add(number % 2 === 0 ? { tags: names } : { accepted: names }));
    }
    await settle();
  });

  it("follow every way in which the tags of documents change", async () => {
    expect(await counted()).toEqual(await recounted());
    const [first = "", second = "", third = "", fourth = ""] = documents;
    await decide(second, [{ tag: "two", state: "rejected" }]);
    await decide(third, [
      { tag: "one", state: "accepted", name: "uno" },
      { tag: "three", state: "accepted" },
    ]);
    await world.call("PATCH", `/api/history/documents/${fourth}`, { body: { tags: ["four", "five"] } });
    await settle();
    expect(await counted()).toEqual(await recounted());
    await world.database.transaction((transaction) =>
      world.library.recordTags(transaction, {
        documentId: first,
        userId: people.ann,
        tags: [{ name: "six", isNew: true, source: "model" }],
        autoAccept: "none",
      }),
    );
    expect(await counted()).toEqual(await recounted());
    await world.call("PATCH", `/api/tags/${(await tagNamed("three")).id}`, { body: { name: "trois" } });
    const into = await tagNamed("one");
    await world.call("POST", `/api/tags/${into.id}/merge`, { body: { from: [(await tagNamed("two")).id] } });
    await settle();
    expect(await counted()).toEqual(await recounted());
    await world.call("DELETE", `/api/tags/${(await tagNamed("four")).id}`);
    // What was decided against it stays with the documents.
    await world.call("DELETE", `/api/tags/${(await tagNamed("trois")).id}`);
    const without = "select from document_tags where tag_id is null and state = 'rejected'";
    expect(await world.database.rows(z.object({}), without, [])).not.toEqual([]);
    await world.call("DELETE", `/api/history/documents/${second}`);
    expect(await counted()).toEqual(await recounted());
    await settle();
    expect(await counted()).toEqual(await recounted());
  });

  it("vanish with the documents, and with the tags", async () => {
    await world.database.execute("delete from documents where user_id = $1", [people.ann]);
    await settle();
    expect(await counted()).toEqual(await recounted());
    expect((await listed()).every((tag) => tag.documents === 0 && tag.rejected === 0)).toBe(true);
    await world.database.execute("delete from tags where user_id = $1", [people.ann]);
    expect(await changes()).toBe(0);
  });
});

it("adds up many changes before they are read, once for all who ask at the same time", async () => {
  const id = await world.add({ owner: "bob", tags: ["often"] });
  await world.database.execute(
    `insert into tag_use_changes (user_id, tag_id, state, documents)
     select user_id, tag_id, state, number % 3 - 1 from generate_series(1, 3000) number
     cross join documents join document_tags on document_id = documents.id where documents.id = $1`,
    [id],
  );
  const known = await Promise.all(Array.from({ length: 4 }, () => world.library.knownTags(people.bob)));
  expect(known).toEqual(Array.from({ length: 4 }, () => ["often"]));
  const rows = await world.database.rows(
    z.object({ documents: z.coerce.number(), left: z.coerce.number() }),
    `select suggested as documents, (select count(*) from tag_use_changes where user_id = $1) as left
     from tag_uses join tags on id = tag_id where user_id = $1`,
    [people.bob],
  );
  expect(rows).toEqual([{ documents: 1, left: 0 }]);
});
