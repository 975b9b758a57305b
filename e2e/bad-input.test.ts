import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Tokens } from "@llm-tuner/contract/accounts.ts";
import { ApiError } from "@llm-tuner/contract/errors.ts";
import { upload } from "@llm-tuner/contract/files.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Platform } from "./support/platform.ts";

let platform: Platform;
let authorization: string;

interface Refusal {
  status: number;
  code: string;
  message: string;
  line: number | undefined;
  field: string | undefined;
}

const refusalOf = (status: number, text: string): Refusal => {
  const { error } = ApiError.parse(JSON.parse(text));
  const place = error.details?.places?.[0];
  return { status, code: error.code, message: error.message, line: place?.line, field: place?.field };
};

const sendFile = (name: string, content: string | Uint8Array<ArrayBuffer>): Promise<Response> => {
  const form = new FormData();
  form.append("files", new Blob([content]), name);
  return fetch(new URL("/api/upload", platform.origin), { method: "POST", headers: { authorization }, body: form });
};

const refusedFile = async (name: string, content: string | Uint8Array<ArrayBuffer>): Promise<Refusal> => {
  const response = await sendFile(name, content);
  return refusalOf(response.status, await response.text());
};

const refusedStart = async (body: unknown): Promise<Refusal> => {
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(new URL("/api/start-training", platform.origin), {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return refusalOf(response.status, await response.text());
};

/** What the platform keeps of this person: rows by the API, bytes by the data folder. */
const kept = async () => {
  const list = async (path: string, name: string): Promise<number> => {
    const response = await fetch(new URL(path, platform.origin), { headers: { authorization } });
    return z.looseObject({ [name]: z.array(z.unknown()) }).parse(await response.json())[name]?.length ?? 0;
  };
  const bytes = async (folder: string): Promise<number> => {
    const entries = await readdir(join(platform.dataDir, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return entries.filter((entry) => entry.isFile()).length;
  };
  return {
    files: await list("/api/files", "files"),
    datasets: await list("/api/datasets", "datasets"),
    jobs: await list("/api/training-jobs", "training_jobs"),
    objects: await bytes("objects"),
    datasetFiles: await bytes("datasets"),
    runFiles: await bytes("runs"),
  };
};

const nothing = { files: 0, datasets: 0, jobs: 0, objects: 0, datasetFiles: 0, runFiles: 0 };

beforeAll(async () => {
  platform = await Platform.start();
  const response = await fetch(new URL("/api/auth/register", platform.origin), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ada@example.org", password: "a long sentence is a good password" }),
  });
  authorization = `Bearer ${Tokens.parse(await response.json()).access_token}`;
});

afterAll(() => platform.dispose());

describe("a file that cannot be used", () => {
  const jsonLines = (count: number, broken: number): string =>
    Array.from({ length: count }, (_, index) =>
      index + 1 === broken
        ? '{"prompt": "half'
        : JSON.stringify({ prompt: `question ${index}`, completion: `answer ${index}` }),
    ).join("\n");

  it.each([
    ["of another type", "picture.png", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
    ["that is a PDF by another name", "table.csv", "%PDF-1.7\n1 0 obj\n"],
    ["that is binary", "data.txt", Uint8Array.from({ length: 4096 }, (_, index) => (index * 7) % 256)],
    ["that is empty", "table.csv", ""],
  ])("%s", async (_, name, content) => {
    const refusal = await refusedFile(name, content);
    expect(refusal.status).toBeGreaterThanOrEqual(400);
    expect(refusal.status).toBeLessThan(500);
    expect(refusal.message).toContain(name);
    expect(await kept()).toEqual(nothing);
  });

  it("with broken JSON on line 4711", async () => {
    expect(await refusedFile("chat.jsonl", jsonLines(5000, 4711))).toMatchObject({ status: 400, line: 4711 });
    expect(await kept()).toEqual(nothing);
  });

  it("of 1 GB in one line: refused while it arrives", async () => {
    const boundary = "a-boundary";
    const piece = Buffer.alloc(1 << 20, "a");
    const body = Readable.from(
      (function* () {
        yield `--${boundary}\r\ncontent-disposition: form-data; name="files"; filename="line.csv"\r\ncontent-type: text/csv\r\n\r\nname,value\n`;
        for (let sent = 0; sent < 1024; sent++) yield piece;
        yield `\r\n--${boundary}--\r\n`;
      })(),
    );
    const call = request(new URL("/api/upload", platform.origin), {
      method: "POST",
      headers: { authorization, "content-type": `multipart/form-data; boundary=${boundary}` },
    });
    const answered = once(call, "response");
    body.pipe(call);
    const [response] = await answered;
    let text = "";
    for await (const chunk of response) text += String(chunk);
    expect(refusalOf(response.statusCode, text)).toMatchObject({ status: 400, code: "line_too_long", line: 2 });
    expect(await kept()).toEqual(nothing);
  });
});

describe("a run that cannot be", () => {
  const rows = (count: number): string =>
    ["question,answer", ...Array.from({ length: count }, (_, index) => `What is ${index}?,It is ${index}.`)].join("\n");

  const storedFile = async (name: string, content: string): Promise<string> => {
    const response = await sendFile(name, content);
    expect(response.status).toBe(201);
    const { files } = upload.responses[201].schema.parse(await response.json());
    return files[0]?.file_id ?? "";
  };

  const remove = async (id: string): Promise<void> => {
    const response = await fetch(new URL(`/api/files/${id}`, platform.origin), {
      method: "DELETE",
      headers: { authorization },
    });
    expect(response.status).toBe(204);
  };

  it("with one row, an unknown base model, absurd settings or an unknown file leaves nothing but the file", async () => {
    const one = await storedFile("one.csv", rows(1));
    const many = await storedFile("many.csv", rows(40));
    expect(await refusedStart({ files: [one] })).toMatchObject({ status: 422, code: "too_few_examples" });
    expect(await refusedStart({ files: [many], base_model: "gpt-17" })).toMatchObject({
      status: 422,
      code: "unknown_base_model",
    });
    expect(await refusedStart({ files: [many], base_model: "../../etc" })).toMatchObject({
      status: 422,
      code: "unknown_base_model",
    });
    for (const [name, value] of [
      ["learning_rate", 1e9],
      ["epochs", 1_000_000],
      ["batch_size", 0],
      ["optimizer", "lion"],
      ["learningrate", 0.1],
    ] as const) {
      const refusal = await refusedStart({ files: [many], hyperparameters: { [name]: value } });
      expect(refusal).toMatchObject({ status: 400, code: "invalid_request" });
      expect(refusal.field).toContain("hyperparameters");
    }
    expect((await refusedStart({ files: ["nowhere.csv"] })).status).toBeGreaterThanOrEqual(400);
    await remove(one);
    await remove(many);
    expect(await kept()).toEqual(nothing);
  });
});
