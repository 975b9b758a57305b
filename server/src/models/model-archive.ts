import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, pipeline } from "node:stream";
import { createGzip } from "node:zlib";
import { Header } from "tar";

const blockBytes = 512;

/**
 * The files of one folder as a gzipped tar stream with bare names, and nothing of this machine's users or paths.
 * tar's own packer keeps a file open for ever when its reader goes away in the middle; here the generator is
 * ended with the stream, and closes the file.
 */
export const tarGzip = (folder: string, names: readonly string[]): Readable => {
  // Weights hardly compress: the lowest level costs a fraction of the time and gives the same size to a percent.
  const gzip = createGzip({ level: 1 });
  // A failure destroys `gzip` with the same error, and its reader sees it there.
  pipeline(Readable.from(tarBlocks(folder, names)), gzip, () => undefined);
  return gzip;
};

async function* tarBlocks(folder: string, names: readonly string[]): AsyncGenerator<Buffer> {
  for (const name of names) {
    const path = join(folder, name);
    const { size, mtime } = await stat(path);
    yield headerBlock({ name, size, mtime });
    for await (const chunk of createReadStream(path)) yield chunk;
    const padding = (blockBytes - (size % blockBytes)) % blockBytes;
    if (padding > 0) yield Buffer.alloc(padding);
  }
  // Two empty blocks end an archive.
  yield Buffer.alloc(2 * blockBytes);
}

const headerBlock = ({ name, size, mtime }: { name: string; size: number; mtime: Date }): Buffer => {
  const block = Buffer.alloc(blockBytes);
  // Names are short (see the artefacts), and sizes over 8 GiB are written in base 256, which every tar reads.
  new Header({ path: name, size, mtime, mode: 0o644, type: "File" }).encode(block);
  return block;
};
