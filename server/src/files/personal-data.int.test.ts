import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, expect, it } from "vitest";
import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { createFileInspector } from "../datasets/file-inspector.ts";
import { silentLog } from "../platform/log/log.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import { archiveOf } from "../platform/testing/archive.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { createTestDatabase } from "../platform/testing/test-database.ts";
import { filesSettings } from "./files.config.ts";
import { createFilesModule } from "./files.module.ts";

const { database, drop } = await createTestDatabase();
const folder = await mkdtemp(join(tmpdir(), "files-of-a-person-"));
const files = createFilesModule({
  database,
  objectStore: createFileObjectStore({ root: folder }),
  inspect: createFileInspector(),
  audit: createAuditFixture(database).audit,
  clock: createMovableClock(),
  log: silentLog,
  config: configOf(filesSettings),
});
const people = { ann: "user_annannannannannannann", bob: "user_bobbobbobbobbobbobbob" };
const app = await createTestApp({
  modules: [files],
  authenticator: authenticatorOf({
    ann: testCaller({ userId: people.ann }),
    bob: testCaller({ userId: people.bob }),
  }),
});
afterAll(async () => {
  await app.close();
  await drop();
  await rm(folder, { recursive: true, force: true });
});

const csv = "question,answer\nHow many?,3\n";

async function upload(person: keyof typeof people, name: string): Promise<void> {
  const form = new FormData();
  form.append("files", new Blob([csv]), name);
  const { headers, body } = new Request("http://localhost", { method: "POST", body: form });
  const answer = await app.inject({
    method: "POST",
    url: "/api/upload",
    headers: { authorization: `Bearer ${person}`, "content-type": headers.get("content-type") ?? "" },
    payload: body === null ? "" : await buffer(body),
  });
  expect(answer.statusCode).toBe(201);
}

const storedFiles = async (): Promise<number> =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).length;

it("gives a person all their files, and removes them all together when the account ends", async () => {
  for (const userId of Object.values(people)) {
    await database.execute("insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())", [
      userId,
      `${randomUUID()}@example.org`,
    ]);
  }
  for (const name of ["a.csv", "b.csv"]) await upload("ann", name);
  await upload("bob", "bobs.csv");

  const archive = await archiveOf(files, people.ann);
  expect([...archive.keys()].map((name) => name.replace(/file_\w+-/, "")).toSorted()).toEqual([
    "contents/a.csv",
    "contents/b.csv",
    "files.jsonl",
  ]);
  expect([...archive.values()].slice(1)).toEqual([csv, csv]);

  await files.personalData?.erase(people.ann);
  await files.personalData?.erase(people.ann);
  expect(await storedFiles()).toBe(1);
  expect(await files.findByNameOrId(people.bob, "bobs.csv")).toBeDefined();
});
