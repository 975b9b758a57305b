export interface GroupWriter<Item, Result> {
  /** Resolves when the item is written. */
  write: (item: Item) => Promise<Result>;
}

interface GroupWriterOptions<Item, Result> {
  /** Writes items together, all or none, and gives their results in the same order. */
  writeGroup: (items: readonly Item[]) => Promise<readonly Result[]>;
  maxGroup: number;
  /** Whether a failure is an item's own fault; then the others of its group are written without it. */
  isItemsFault: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: while one group is being written the next one gathers. A lone item is written at once, and many cost
 * hardly more than one; nobody waits for a timer.
 */
export function createGroupWriter<Item, Result>(options: GroupWriterOptions<Item, Result>): GroupWriter<Item, Result> {
  const { writeGroup, maxGroup, isItemsFault } = options;
  const waiting: Waiting<Item, Result>[] = [];
  let isWriting = false;

  async function writeTogether(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await writeGroup(group.map(({ item }) => item));
      for (const [index, { resolve, reject }] of group.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error("A group was written without a result for one of its items."));
        else resolve(result);
      }
    } catch (error) {
      if (group.length > 1 && isItemsFault(error)) {
        for (const single of group) await writeTogether([single]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }

  async function writeAll(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) await writeTogether(waiting.splice(0, maxGroup));
    isWriting = false;
  }

  return {
    write: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // `writeTogether` settles every promise itself and never fails.
        if (!isWriting) void writeAll();
      }),
  };
}
