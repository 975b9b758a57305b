import type { Log } from "../platform/log/log.ts";
import type { Clock } from "../platform/time/clock.ts";

export interface LastUse {
  /** Costs a map entry; nothing is written here. */
  note: (keyId: string) => void;
  /** Writes what is noted now; called at shutdown, and by itself a minute after the first note. */
  flush: () => Promise<void>;
}

interface LastUseDependencies {
  write: (uses: readonly { id: string; at: Date }[]) => Promise<unknown>;
  clock: Clock;
  log: Log;
}

const writeEveryMs = 60_000;

/** Collects when keys were used and writes it at most once a minute, one statement for all keys. */
export function createLastUse({ write, clock, log }: LastUseDependencies): LastUse {
  let noted = new Map<string, Date>();
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (noted.size === 0) return;
    const uses = noted;
    noted = new Map();
    try {
      await write([...uses].map(([id, at]) => ({ id, at })));
    } catch (error) {
      // Newer notes stay; the rest is tried again with them.
      noted = new Map([...uses, ...noted]);
      log.warn({ error, keys: uses.size }, "when API keys were last used cannot be written now");
    }
  }

  return {
    note(keyId) {
      noted.set(keyId, clock.now());
      timer ??= setTimeout(() => void flush(), writeEveryMs).unref();
    },
    flush,
  };
}
