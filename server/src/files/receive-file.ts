import { createHash } from "node:crypto";
import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import type { TrainingFileType } from "@llm-tuner/contract/files.ts";
import type { AppError } from "../platform/errors.ts";
import type { ObjectStore } from "../platform/object-store/object-store.ts";
import { withCheckedHead } from "./content-check.ts";
import type { FileInspection, FileInspector } from "./file-inspector.ts";
import { fileEmpty } from "./files.errors.ts";

export interface ReceivedFile {
  bytes: number;
  sha256: string;
  inspection: FileInspection;
}

interface Receiving {
  name: string;
  type: TrainingFileType;
  key: string;
  source: AsyncIterable<Uint8Array>;
  /** What is thrown when there are more bytes than these. */
  limit: { bytes: number; error: AppError };
  inspect: FileInspector;
  objectStore: ObjectStore;
}

/**
 * Stores an upload under its key while counting, hashing and inspecting it, in one pass. The object appears only when
 * all of it was found good; a refusal rejects at once and leaves nothing.
 */
export async function receiveFile({
  name,
  type,
  key,
  source,
  limit,
  inspect,
  objectStore,
}: Receiving): Promise<ReceivedFile> {
  const sha256 = createHash("sha256");
  let bytes = 0;
  const copy = new PassThrough();
  // Writing to it after the inspection gave up is no error of its own: the inspection's rejection says why.
  copy.on("error", () => undefined);
  const inspecting = inspect({ name, type, bytes: copy });
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  inspecting.then(stop, stop);

  const feed = async (chunk: Uint8Array): Promise<void> => {
    if (stopped.signal.aborted) await inspecting;
    if (copy.write(chunk)) return;
    await once(copy, "drain", { signal: stopped.signal }).catch(() => inspecting);
  };

  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of withCheckedHead(name, source)) {
      bytes += chunk.length;
      if (bytes > limit.bytes) throw limit.error;
      sha256.update(chunk);
      await feed(chunk);
      yield chunk;
    }
    if (bytes === 0) throw fileEmpty(name);
    copy.end();
    // Before the last byte is passed on, so that the object is complete only if the inspection is content.
    await inspecting;
  }

  try {
    await objectStore.put(key, Readable.from(checked(), { objectMode: false }));
    return { bytes, sha256: sha256.digest("hex"), inspection: await inspecting };
  } catch (error) {
    copy.destroy();
    throw error;
  }
}
