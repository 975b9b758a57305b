import { z } from "zod";
import type { Database, Queryable } from "../platform/database/database.ts";
import type { UserLoad, WaitingJob } from "./training.policy.ts";

// Any constants will do: they name the locks below among the advisory locks of the database.
const claimLockKey = 7_240_106_001;
const startLockClass = 724_010_600;

const SlotRow = z.object({ slot: z.int() }).transform(({ slot }) => slot);

const WaitingRow = z
  .object({ name: z.string(), user_id: z.string(), queued_at: z.date() })
  .transform(({ name, user_id, queued_at }): WaitingJob => ({ jobName: name, userId: user_id, queuedAt: queued_at }));

const LoadRow = z
  .object({ user_id: z.string(), running: z.coerce.number().int(), last_claimed_at: z.date().nullable() })
  .transform(({ user_id, running, last_claimed_at }): UserLoad => ({
    userId: user_id,
    running,
    lastClaimedAt: last_claimed_at,
  }));

const CountRow = z.object({ waiting: z.coerce.number().int() });

/** Longer queues are looked at in parts, oldest first. */
const waitingLimit = 1000;

/** The jobs that wait for a device, and who has the devices. */
export class WaitingJobsStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes this the only transaction that gives devices to jobs, until it ends. */
  async lockClaims(transaction: Queryable): Promise<void> {
    await transaction.execute("select pg_advisory_xact_lock($1)", [claimLockKey]);
  }

  /** Makes this the only transaction that queues jobs of the user, until it ends. */
  async lockStartsOf(transaction: Queryable, userId: string): Promise<void> {
    await transaction.execute("select pg_advisory_xact_lock($1, hashtext($2))", [startLockClass, userId]);
  }

  /** The devices that are occupied: a process that has not gone yet counts, whatever became of its job. */
  occupiedSlots(transaction: Queryable): Promise<number[]> {
    return transaction.rows(
      SlotRow,
      `select slot from training_jobs
       where slot is not null and (status in ('InProgress', 'Stopping') or external_id is not null)`,
    );
  }

  /** What `fairOrder` needs: the jobs that wait (one whose last process is not yet gone does not yet), and their users. */
  async queue(queryable: Queryable = this.#database): Promise<{ waiting: WaitingJob[]; loads: UserLoad[] }> {
    const waiting = await queryable.rows(
      WaitingRow,
      `select name, user_id, queued_at from training_jobs
       where status = 'Pending' and external_id is null order by queued_at, name limit $1`,
      [waitingLimit],
    );
    const users = new Set(waiting.map(({ userId }) => userId));
    const loads = await queryable.rows(
      LoadRow,
      `select asked.user_id,
         (select count(*) from training_jobs
          where user_id = asked.user_id and status in ('InProgress', 'Stopping')) as running,
         (select max(claimed_at) from training_jobs where user_id = asked.user_id) as last_claimed_at
       from unnest($1::text[]) as asked (user_id)`,
      [[...users]],
    );
    return { waiting, loads };
  }

  async countOf(userId: string, queryable: Queryable = this.#database): Promise<number> {
    const text = "select count(*) as waiting from training_jobs where user_id = $1 and status = 'Pending'";
    return (await queryable.row(CountRow, text, [userId]))?.waiting ?? 0;
  }
}
