import type { ResponseStore, StoredResponse } from "@llm-tuner/gateway/ports.ts";
import type { Database } from "../../platform/database/database.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import { allRows } from "../../platform/personal-data/personal-data.ts";
import type { Clock } from "../../platform/time/clock.ts";
import { responseTooLarge } from "../providers.errors.ts";
import type { StoredResponseRow, StoredResponsesStore } from "./stored-responses.store.ts";

export interface StoredResponseUsecases extends ResponseStore {
  /** Every response that is kept for a person, newest first. */
  allOf: (userId: string) => AsyncGenerator<StoredResponseRow>;
  /** Forgets what is older than it is kept. */
  deleteExpired: () => Promise<void>;
}

const dayMs = 86_400_000;
/** With images a conversation may be large; this is what a row of the database carries without trouble. */
const maxBytes = 8 * 1024 * 1024;

const toStored = ({ created_at, ...row }: StoredResponseRow): StoredResponse => ({ ...row, createdAt: created_at });

export function createStoredResponseUsecases({
  database,
  store,
  clock,
  keptDays,
}: {
  database: Database;
  store: StoredResponsesStore;
  clock: Clock;
  keptDays: number;
}): StoredResponseUsecases {
  const oldest = (): Date => new Date(clock.now().getTime() - keptDays * dayMs);

  return {
    async save(userId, { id, response, input, createdAt }) {
      if (JSON.stringify(input).length + JSON.stringify(response).length > maxBytes) throw responseTooLarge(maxBytes);
      await store.insert(database, { userId, row: { id, response, input: [...input], created_at: createdAt } });
    },
    async find(userId, id) {
      const row = await store.find(database, { userId, id, since: oldest() });
      return row === undefined ? undefined : toStored(row);
    },
    remove: async (userId, id) => (await store.remove(database, { userId, id })) > 0,
    allOf: (userId) =>
      allRows(async ({ limit, cursor }) => {
        const found = await store.list(database, { userId, after: parseCursor(cursor), limit: limit + 1 });
        return pageOf(found, { limit, position: (row) => ({ createdAt: row.created_at, id: row.id }) });
      }),
    async deleteExpired() {
      await store.removeBefore(database, oldest());
    },
  };
}
