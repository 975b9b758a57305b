import { PassThrough, type Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { ArchiveFile } from "../../platform/personal-data/personal-data.ts";

/** Adds one file and waits until it is in the archive, so that never more than one is open. */
async function add(zip: ZipFile, { name, open }: ArchiveFile): Promise<void> {
  const content = await open();
  zip.addReadStream(content, name);
  await finished(content, { writable: false });
}

async function addAll(zip: ZipFile, files: AsyncIterable<ArchiveFile>, signal: AbortSignal): Promise<void> {
  for await (const file of files) {
    if (signal.aborted) return;
    await add(zip, file);
  }
  zip.end();
}

/**
 * The files as a ZIP archive, written while it is read: nothing of it is kept in memory or on the disk. When a file cannot
 * be read the stream breaks, so that nobody takes half an archive for a whole one.
 */
export function zipOf(files: AsyncIterable<ArchiveFile>, signal: AbortSignal): Readable {
  const zip = new ZipFile();
  const archive = new PassThrough();
  zip.outputStream.pipe(archive);
  zip.on("error", (error: Error) => archive.destroy(error));
  addAll(zip, files, signal).catch((error: unknown) =>
    archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return archive;
}
