import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { join, sep } from "node:path";
import { z } from "zod";

/** What the files of a model say about it. */
export interface ModelFolder {
  path: string;
  modelType: string;
  parameters: number;
  contextWindow: number | null;
}

const Config = z.looseObject({
  model_type: z.string(),
  max_position_embeddings: z.int().positive().optional(),
  n_positions: z.int().positive().optional(),
});

const Tensor = z.looseObject({ shape: z.array(z.int().nonnegative()) });

const maxConfigBytes = 1_048_576;
/** The format's own limit of a header (safetensors reference implementation). */
const maxHeaderBytes = 100_000_000;

function readBounded(path: string, maxBytes: number): string {
  const { size } = statSync(path);
  if (size > maxBytes) throw new RangeError(`${path} has ${size} bytes; at most ${maxBytes} are read`);
  return readFileSync(path, "utf8");
}

/** Numbers in a weight file, counted from its header alone: 8 bytes of length, then JSON with the shape of each tensor. */
function countParameters(path: string): number {
  const file = openSync(path, "r");
  try {
    const length = Buffer.alloc(8);
    readSync(file, length, 0, 8, 0);
    const bytes = Number(length.readBigUInt64LE());
    if (bytes > Math.min(maxHeaderBytes, statSync(path).size)) throw new RangeError(`${path} has no valid header`);
    const header = Buffer.alloc(bytes);
    readSync(file, header, 0, bytes, 8);
    const tensors = z.record(z.string(), z.unknown()).parse(JSON.parse(header.toString("utf8")));
    return Object.entries(tensors)
      .filter(([name]) => name !== "__metadata__")
      .reduce((sum, [, tensor]) => sum + Tensor.parse(tensor).shape.reduce((product, size) => product * size, 1), 0);
  } finally {
    closeSync(file);
  }
}

/** The files of a folder that make it a model, or undefined when one is missing. */
function modelFiles(path: string): string[] | undefined {
  const names = readdirSync(path);
  const weights = names.filter((name) => name.endsWith(".safetensors"));
  const isComplete = weights.length > 0 && names.includes("config.json") && names.includes("tokenizer.json");
  return isComplete ? ["config.json", "tokenizer.json", ...weights].map((name) => join(path, name)) : undefined;
}

/**
 * Reads a model folder. Undefined when it is none, or when one of its files is a link that leads out of `within`:
 * whoever may write there must not make the platform read other files. Throws where the files are not what they say.
 */
export function readModelFolder(path: string, { within }: { within: string }): ModelFolder | undefined {
  if (!statSync(path).isDirectory()) return undefined;
  const files = modelFiles(path);
  const root = realpathSync(within) + sep;
  if (!files?.every((file) => realpathSync(file).startsWith(root))) return undefined;
  const config = Config.parse(JSON.parse(readBounded(join(path, "config.json"), maxConfigBytes)));
  const weights = files.filter((file) => file.endsWith(".safetensors"));
  return {
    path: realpathSync(path),
    modelType: config.model_type,
    parameters: weights.reduce((sum, file) => sum + countParameters(file), 0),
    contextWindow: config.max_position_embeddings ?? config.n_positions ?? null,
  };
}
