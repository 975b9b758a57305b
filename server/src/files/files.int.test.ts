import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createFileInspector } from "../datasets/datasets.module.ts";
import { defaultFormatLimits } from "../datasets/formats/format.ts";
import { createAuditFixture } from "../accounts/testing/audit-fixture.ts";
import { silentLog } from "../platform/log/log.ts";
import { createFileObjectStore } from "../platform/object-store/file-object-store.ts";
import { createMovableClock } from "../platform/testing/movable-clock.ts";
import { authenticatorOf, configOf, createTestApp, testCaller } from "../platform/testing/test-app.ts";
import { createTestDatabase, type TestDatabase } from "../platform/testing/test-database.ts";
import { filesSettings } from "./files.config.ts";
import { createFilesModule, type FilesDependencies, type FilesModule } from "./files.module.ts";

const ann = "user_annannannannannannann";
const bob = "user_bobbobbobbobbobbobbob";
const limits = { maxUploadBytes: 300_000, maxUploadFiles: 3, storageBytesPerUser: 500_000 };

let folder: string;
let test: TestDatabase;
let app: FastifyInstance;
let origin: string;
let dependencies: FilesDependencies;
let files: FilesModule;
const clock = createMovableClock();
const authenticator = authenticatorOf({ ann: testCaller({ userId: ann }), bob: testCaller({ userId: bob }) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "files-"));
  test = await createTestDatabase();
  dependencies = {
    database: test.database,
    objectStore: createFileObjectStore({ root: folder }),
    inspect: createFileInspector(),
    audit: createAuditFixture(test.database).audit,
    clock,
    log: silentLog,
    config: configOf(filesSettings, limits),
  };
  files = createFilesModule(dependencies);
  app = await createTestApp({
    modules: [files],
    authenticator,
  });
  origin = await app.listen({ port: 0, host: "127.0.0.1" });
  for (const id of [ann, bob]) {
    await test.database.execute(
      "insert into users (id, email, password_hash, created_at) values ($1, $2, 'x', now())",
      [id, `${id.toLowerCase()}@example.org`],
    );
  }
});

beforeEach(async () => {
  await test.database.execute("delete from files");
  await rm(join(folder, "users"), { recursive: true, force: true });
});

afterAll(async () => {
  await app.close();
  await files.stop?.();
  await test.drop();
  await rm(folder, { recursive: true, force: true });
});

const Uploaded = z.object({
  message: z.string(),
  files: z.array(z.looseObject({ file_id: z.string(), s3_key: z.string(), sha256: z.string() })),
});
const Failure = z.object({ error: z.looseObject({ code: z.string(), message: z.string() }) });

type Part = [name: string, content: string | Uint8Array<ArrayBuffer>];

const post = (parts: readonly Part[], token = "ann"): Promise<Response> => {
  const form = new FormData();
  for (const [name, content] of parts) form.append("files", new Blob([content]), name);
  return fetch(`${origin}/api/upload`, { method: "POST", body: form, headers: { authorization: `Bearer ${token}` } });
};

const uploadOne = async (name: string, content: string | Uint8Array<ArrayBuffer>, token = "ann") => {
  const response = await post([[name, content]], token);
  const [file] = Uploaded.parse(await response.json()).files;
  if (!file) throw new Error("nothing uploaded");
  return file;
};

const ask = (path: string, init: RequestInit = {}, token = "ann"): Promise<Response> =>
  fetch(`${origin}${path}`, {
    ...init,
    headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` },
  });

/** Everything that lies in the object store, unfinished writes included. */
const storedFiles = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
};
const rowCount = async (): Promise<number> =>
  (await test.database.rows(z.looseObject({}), "select id from files")).length;

const csv = "question,answer\nHow many?,3\nWhich colour?,blue\n";

describe("uploading", () => {
  it("stores the file and tells what is in it", async () => {
    const response = await post([["Größe & Preis.CSV", csv]]);
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({
      message: "1 file uploaded.",
      files: [
        {
          file_id: expect.stringMatching(/^file_/),
          originalName: "Größe & Preis.CSV",
          size: csv.length,
          type: ".csv",
          contentPreview: csv,
          s3_key: expect.stringMatching(new RegExp(`^users/${ann}/uploads/[0-9a-f-]{36}_Gro-e-Preis\\.CSV$`)),
          sha256: createHash("sha256").update(csv).digest("hex"),
          encoding: "utf-8",
          rows: 2,
          columns: ["question", "answer"],
          created_at: clock.now().toISOString(),
        },
      ],
    });
    expect(await storedFiles()).toHaveLength(1);
  });

  it("stores several files in order", async () => {
    const response = await post([
      ["a.csv", csv],
      ["b.txt", "one\n\ntwo"],
      ["c.jsonl", '{"text":"x"}'],
    ]);
    const result = Uploaded.parse(await response.json());
    expect(result.message).toBe("3 files uploaded.");
    expect(result.files.map((file) => [file.originalName, file.rows])).toEqual([
      ["a.csv", 2],
      ["b.txt", 2],
      ["c.jsonl", 1],
    ]);
  });

  it("tells of duplicates and empty rows", async () => {
    const file = await uploadOne("a.csv", "q,a\n1,2\n,\n1,2\n1,2\n3,4\n");
    expect(file.warnings).toMatchObject([
      { code: "empty_row", line: 3, count: 1 },
      { code: "duplicate_row", line: 4, count: 2 },
    ]);
  });

  it("takes the name without its path and its control characters", async () => {
    expect((await uploadOne("../../etc/notes.txt", "text")).originalName).toBe("notes.txt");
    expect((await uploadOne("C:\\temp\\notes.txt", "text")).originalName).toBe("notes.txt");
  });

  it.each<[string, number, Part]>([
    ["file_empty", 400, ["a.csv", ""]],
    ["no_rows", 400, ["a.csv", "a,b\n"]],
    ["ragged_row", 400, ["a.csv", "a,b\n1,2,3\n"]],
    ["invalid_json", 400, ["a.jsonl", '{"text": "a"}\n{"text": \n']],
    ["file_too_large", 413, ["a.txt", "line\n".repeat(60_001)]],
    ["binary_file", 400, ["a.txt", `${"text\n".repeat(2000)}\0`]],
    ["unsupported_file_type", 415, ["a.pdf", "text"]],
    ["unsupported_file_type", 415, ["a", "text"]],
    ["unsupported_file_type", 415, ["a.csv.exe", "a,b\n1,2\n"]],
  ])("refuses with %s (%i) and keeps nothing", async (code, status, part) => {
    const response = await post([part]);
    expect({ status: response.status, code: Failure.parse(await response.json()).error.code }).toEqual({
      status,
      code,
    });
    expect(await storedFiles()).toEqual([]);
    expect(await rowCount()).toBe(0);
  });

  it("refuses all files when one is refused, and says which", async () => {
    const response = await post([
      ["good.csv", csv],
      ["bad.csv", "a,b\n1,2,3\n"],
      ["also good.csv", csv],
    ]);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: "ragged_row", details: { places: [{ file: "bad.csv", line: 2, excerpt: "1,2,3" }] } },
    });
    expect(await storedFiles()).toEqual([]);
    expect(await rowCount()).toBe(0);
  });

  it("refuses a line without end as soon as it is too long", async () => {
    const limited = createFileInspector({ ...defaultFormatLimits, maxLineBytes: 1000 });
    const strict = createFilesModule({ ...dependencies, inspect: limited });
    const strictApp = await createTestApp({ modules: [strict], authenticator });
    const form = new FormData();
    form.append("files", new Blob(["a,b\n1,2\n", "x".repeat(200_000)]), "a.csv");
    const request = new Request(origin, { method: "POST", body: form });
    const response = await strictApp.inject({
      method: "POST",
      url: "/api/upload",
      headers: { authorization: "Bearer ann", "content-type": request.headers.get("content-type") ?? "" },
      payload: Buffer.from(await request.arrayBuffer()),
    });
    await strictApp.close();
    expect(response.json()).toMatchObject({ error: { code: "line_too_long", details: { places: [{ line: 3 }] } } });
    expect(await storedFiles()).toEqual([]);
  });

  it("answers a client that sends megabytes after the mistake", async () => {
    // The rest is read up to the size limit; past it the connection is closed, perhaps while the client still sends.
    const response = await post([["bad.txt", new Uint8Array(20_000_000).fill(0x61)]]).catch(() => undefined);
    expect([413, undefined]).toContain(response?.status);
    expect(await storedFiles()).toEqual([]);
    expect((await post([["good.csv", csv]])).status).toBe(201);
  });

  it("refuses more files than one upload may bring", async () => {
    const response = await post(Array.from({ length: 4 }, (_, index): Part => [`${index}.csv`, csv]));
    expect(Failure.parse(await response.json()).error.code).toBe("too_many_files");
    expect(await storedFiles()).toEqual([]);
  });

  it("refuses an upload without files", async () => {
    const form = new FormData();
    form.append("other", "x");
    const response = await ask("/api/upload", { method: "POST", body: form });
    expect(response.status).toBe(400);
    expect(Failure.parse(await response.json()).error.code).toBe("no_files");
  });

  it("keeps a person's files within the quota, also when uploads race", async () => {
    const large = "text\n\n".repeat(40_000);
    const responses = await Promise.all([1, 2, 3, 4].map((index) => post([[`${index}.txt`, large]])));
    const statuses = responses.map(({ status }) => status).sort((a, b) => a - b);
    expect(statuses).toEqual([201, 201, 413, 413]);
    const refused = responses.find(({ status }) => status === 413);
    expect(Failure.parse(await refused?.json()).error.code).toBe("storage_quota_exceeded");
    expect(await storedFiles()).toHaveLength(2);
    expect((await post([["bob.txt", large]], "bob")).status).toBe(201);
  });

  it("keeps nothing when the client hangs up in the middle", async () => {
    const { port } = new URL(origin);
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    const head = ["--xx", 'content-disposition: form-data; name="files"; filename="a.txt"', "", "some text\n"].join(
      "\r\n",
    );
    socket.write(
      [
        "POST /api/upload HTTP/1.1",
        "host: localhost",
        "authorization: Bearer ann",
        "content-type: multipart/form-data; boundary=xx",
        "content-length: 100000",
        "",
        head,
      ].join("\r\n"),
    );
    socket.write("more text\n".repeat(2000));
    await expect.poll(storedFiles).toHaveLength(1);
    socket.destroy();
    await expect.poll(storedFiles).toEqual([]);
    expect(await rowCount()).toBe(0);
  });
});

describe("one's files", () => {
  it("are listed newest first, in pages", async () => {
    for (const name of ["1.csv", "2.csv", "3.csv"]) {
      await uploadOne(name, csv);
      clock.advance(1000);
    }
    await uploadOne("bobs.csv", csv, "bob");
    const List = z.object({
      files: z.array(z.looseObject({ originalName: z.string() })),
      next_cursor: z.string().nullable(),
    });
    const first = List.parse(await (await ask("/api/files?limit=2")).json());
    expect(first.files.map((file) => file.originalName)).toEqual(["3.csv", "2.csv"]);
    const second = List.parse(await (await ask(`/api/files?limit=2&cursor=${first.next_cursor}`)).json());
    expect(second).toMatchObject({ files: [{ originalName: "1.csv" }], next_cursor: null });
    expect((await ask("/api/files?cursor=nonsense")).status).toBe(400);
  });

  it("are nobody else's: every way to them answers 404", async () => {
    const { file_id: id } = await uploadOne("a.csv", csv);
    for (const [method, path] of [
      ["GET", `/api/files/${id}`],
      ["DELETE", `/api/files/${id}`],
      ["GET", `/api/files/${id}/content`],
    ]) {
      const response = await ask(path ?? "", { method: method ?? "" }, "bob");
      expect(response.status).toBe(404);
      expect(Failure.parse(await response.json()).error.code).toBe("file_not_found");
    }
    expect((await ask(`/api/files/${id}`)).status).toBe(200);
    expect(await files.findByNameOrId(bob, id)).toBeUndefined();
    await expect(files.getOwned(bob, id)).rejects.toMatchObject({ status: 404 });
  });

  it("are found by id, or by name, the newest first", async () => {
    const older = await uploadOne("a.csv", csv);
    clock.advance(1000);
    const newer = await uploadOne("a.csv", csv);
    expect((await files.findByNameOrId(ann, "a.csv"))?.id).toBe(newer.file_id);
    expect((await files.findByNameOrId(ann, older.file_id))?.id).toBe(older.file_id);
    expect(await files.findByNameOrId(ann, "b.csv")).toBeUndefined();
  });

  it("are deleted with their bytes", async () => {
    const { file_id: id } = await uploadOne("a.csv", csv);
    expect((await ask(`/api/files/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await ask(`/api/files/${id}`)).status).toBe(404);
    expect((await ask(`/api/files/${id}`, { method: "DELETE" })).status).toBe(404);
    expect(await storedFiles()).toEqual([]);
    expect(await createAuditFixture(test.database).entries()).toContain(`file.deleted ${id}`);
  });
});

describe("downloading", () => {
  const name = "Preis (neu) – 価格.csv";

  it("gives the bytes as an attachment that no browser shows as a page", async () => {
    const { file_id: id, sha256 } = await uploadOne(name, csv);
    const response = await ask(`/api/files/${id}/content`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(csv);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "accept-ranges": "bytes",
      "content-disposition": expect.stringMatching(
        /^attachment; filename=".*"; filename\*=UTF-8''Preis%20%28neu%29%20%E2%80%93%20/,
      ),
      "content-length": String(csv.length),
      "content-security-policy": expect.stringContaining("sandbox"),
      "content-type": "application/octet-stream",
      etag: `"${sha256}"`,
      "x-content-type-options": "nosniff",
    });
  });

  it.each([
    ["bytes=0-7", 206, csv.slice(0, 8), `bytes 0-7/${csv.length}`],
    ["bytes=9-", 206, csv.slice(9), `bytes 9-${csv.length - 1}/${csv.length}`],
    ["bytes=-5", 206, csv.slice(-5), `bytes ${csv.length - 5}-${csv.length - 1}/${csv.length}`],
    ["bytes=0-999999", 206, csv, `bytes 0-${csv.length - 1}/${csv.length}`],
    ["bytes=0-1,3-4", 200, csv, null],
    ["lines=1-2", 200, csv, null],
    ["bytes=999-", 416, "", `bytes */${csv.length}`],
    ["bytes=-0", 416, "", `bytes */${csv.length}`],
  ])("answers the range %s with %i", async (range, status, body, contentRange) => {
    const { file_id: id } = await uploadOne("a.csv", csv);
    const response = await ask(`/api/files/${id}/content`, { headers: { range } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(body);
    expect(response.headers.get("content-range")).toBe(contentRange);
  });

  it("ignores a range that was meant for other content", async () => {
    const { file_id: id, sha256 } = await uploadOne("a.csv", csv);
    const stale = await ask(`/api/files/${id}/content`, { headers: { range: "bytes=0-1", "if-range": '"other"' } });
    expect(stale.status).toBe(200);
    const current = await ask(`/api/files/${id}/content`, {
      headers: { range: "bytes=0-1", "if-range": `"${sha256}"` },
    });
    expect(current.status).toBe(206);
    await Promise.all([stale.text(), current.text()]);
  });
});

describe("starting after a crash", () => {
  it("collects old objects without a row, and nothing else", async () => {
    const objectStore = createFileObjectStore({ root: folder });
    const kept = await uploadOne("kept.csv", csv);
    const orphan = `users/${ann}/uploads/11111111_orphan.csv`;
    const elsewhere = `users/${ann}/documents/1`;
    for (const key of [orphan, elsewhere]) await objectStore.put(key, Buffer.from("x"));

    await files.start?.();
    await files.stop?.();
    expect(await objectStore.exists(orphan)).toBe(true);

    clock.advance(2 * 3_600_000);
    await files.start?.();
    await files.stop?.();
    expect(await objectStore.exists(orphan)).toBe(false);
    expect(await objectStore.exists(elsewhere)).toBe(true);
    expect(await objectStore.exists(kept.s3_key)).toBe(true);
  });
});
