import type { Levels } from "./limit-book.ts";
import type { Level } from "./limit-levels.ts";

/**
 * Levels in the memory of this process; what says nothing any more is forgotten. Of more than `maxLevels` an old one is
 * forgotten for each that comes, and is full then.
 */
export const createMemoryLevels = (maxLevels = 200_000): Levels => {
  const levels = new Map<string, Level>();
  const isOver = ({ held, keepUntilMs }: Level, atMs: number): boolean =>
    held === 0 && keepUntilMs !== null && keepUntilMs < atMs;

  return {
    get: (name) => levels.get(name),
    set(name, level) {
      const isNew = !levels.has(name);
      levels.set(name, level);
      if (!isNew) return;
      // Two for each one that comes: whatever is over is forgotten in the end, and no call has to look at all of them.
      let toLookAt = 2;
      for (const [oldest, kept] of levels) {
        if (toLookAt === 0) break;
        toLookAt -= 1;
        levels.delete(oldest);
        const isOneTooMany = levels.size >= maxLevels && kept.held === 0;
        // What stays goes to the end, so that it does not hide what comes after it.
        if (!isOver(kept, level.atMs) && !isOneTooMany) levels.set(oldest, kept);
      }
    },
  };
};
