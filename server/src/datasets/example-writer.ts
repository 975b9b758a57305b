import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetExample } from "@llm-tuner/contract/datasets.ts";
import { runFolderPaths } from "@llm-tuner/contract/run-folder.ts";
import { DigestSet, digestOf, wordOf } from "./digest-set.ts";
import { cutAt } from "./formats/excerpt.ts";
import type { MappedRow } from "./mapping.ts";
import { createPartFile, moveLine, type LinePlace } from "./part-file.ts";

type Part = DatasetExample["part"];

const previewExamples = 100;
const previewCharacters = 2000;
const largestWord = 2 ** 32;

export interface WrittenExamples {
  train: number;
  heldOut: number;
  duplicates: number;
  /** The first examples of each part. */
  preview: DatasetExample[];
}

export interface ExampleWriter {
  examples(): number;
  duplicates(): number;
  /** Resolves to whether the example is a new one; one that repeats an earlier one is left out. */
  add(row: MappedRow): Promise<boolean>;
  /** Completes both files; two different examples must have been added at least. */
  finish(): Promise<WrittenExamples>;
  /** Closes the files of a conversion that failed. */
  abandon(): Promise<void>;
}

const shortened = (text: string): string =>
  text.length <= previewCharacters ? text : `${cutAt(text, previewCharacters - 1)}…`;

const otherPart = (part: Part): Part => (part === "train" ? "held_out" : "train");

/**
 * Writes examples into the data files of a run folder. An example's own hash decides on its part, so that the same
 * row always falls on the same side, whatever stands around it; repeated examples are left out.
 */
export async function createExampleWriter(folder: string, heldOutFraction: number): Promise<ExampleWriter> {
  await mkdir(join(folder, "data"), { recursive: true });
  const files = {
    train: await createPartFile(join(folder, runFolderPaths.train)),
    held_out: await createPartFile(join(folder, runFolderPaths.heldOut)),
  };
  const seen = new DigestSet();
  const preview: Record<Part, DatasetExample[]> = { train: [], held_out: [] };
  // Of each part the example whose hash is nearest to the other part's.
  const nearest: Partial<Record<Part, { distance: number; place: LinePlace }>> = {};
  let duplicates = 0;

  /** Gives the empty part of a small data set one example; returns how many each part has then. */
  const balance = async (): Promise<Record<Part, number>> => {
    const counts = { train: files.train.lines(), held_out: files.held_out.lines() };
    const empty = counts.held_out === 0 ? "held_out" : counts.train === 0 ? "train" : undefined;
    const moved = empty && nearest[otherPart(empty)]?.place;
    if (!empty || !moved) return counts;
    const full = otherPart(empty);
    await moveLine(files[full].path, files[empty].path, moved);
    // It may stand behind those that the preview shows.
    const [shown] = preview[full].splice(moved.index, 1);
    if (shown) preview[empty].push({ ...shown, part: empty });
    return { train: counts.train, held_out: counts.held_out, [full]: counts[full] - 1, [empty]: 1 };
  };

  return {
    examples: () => files.train.lines() + files.held_out.lines(),
    duplicates: () => duplicates,

    async add({ line, example, prompt, completion }) {
      const json = JSON.stringify(example);
      const digest = digestOf(json);
      if (!seen.add(digest)) {
        duplicates += 1;
        return false;
      }
      // The set uses the first two words of the digest.
      const share = wordOf(digest, 2) / largestWord;
      const part: Part = share < heldOutFraction ? "held_out" : "train";
      if (preview[part].length < previewExamples) {
        preview[part].push({ line, part, prompt: shortened(prompt), completion: shortened(completion) });
      }
      const place = await files[part].add(json);
      const distance = Math.abs(share - heldOutFraction);
      const known = nearest[part];
      if (!known || distance < known.distance) nearest[part] = { distance, place };
      return true;
    },

    async finish() {
      await Promise.all([files.train.close(), files.held_out.close()]);
      const counts = await balance();
      return {
        train: counts.train,
        heldOut: counts.held_out,
        duplicates,
        preview: [...preview.train, ...preview.held_out],
      };
    },

    async abandon() {
      await Promise.all([files.train.abandon(), files.held_out.abandon()]);
    },
  };
}
