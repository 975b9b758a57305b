import { z } from "zod";
import type { Queryable } from "../platform/database/database.ts";
import type { UserLoad, WaitingJob } from "./training.policy.ts";

// Any constants will do: they name the locks below among the advisory locks of the database.
const claimLockKey = 7_240_106_001;
const startLockClass = 724_010_600;

/** Makes this the only transaction that gives devices to jobs, until it ends. */
export const lockClaims = (transaction: Queryable): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock($1)", [claimLockKey]);

/** Makes this the only transaction that adds jobs for the user, until it ends. */
export const lockStartsOf = (transaction: Queryable, userId: string): Promise<number> =>
  transaction.execute("select pg_advisory_xact_lock($1, hashtext($2))", [startLockClass, userId]);

const SlotRow = z.object({ slot: z.int() }).transform(({ slot }) => slot);

/** The devices that are occupied: a process that has not gone yet counts, whatever became of its job. */
export const occupiedSlots = (transaction: Queryable): Promise<number[]> =>
  transaction.rows(
    SlotRow,
    `select slot from training_jobs
     where slot is not null and (status in ('InProgress', 'Stopping') or external_id is not null)`,
  );

const WaitingRow = z
  .object({ name: z.string(), user_id: z.string(), queued_at: z.date() })
  .transform(({ name, user_id, queued_at }): WaitingJob => ({ jobName: name, userId: user_id, queuedAt: queued_at }));

/** Longer queues are looked at in parts, oldest first. */
const waitingLimit = 1000;

/** Jobs that wait for a device; one whose last process is not yet gone does not wait yet. */
export const waitingJobs = (database: Queryable): Promise<WaitingJob[]> =>
  database.rows(
    WaitingRow,
    `select name, user_id, queued_at from training_jobs
     where status = 'Pending' and external_id is null order by queued_at, name limit $1`,
    [waitingLimit],
  );

const LoadRow = z
  .object({ user_id: z.string(), running: z.coerce.number().int(), last_claimed_at: z.date().nullable() })
  .transform(({ user_id, running, last_claimed_at }): UserLoad => ({
    userId: user_id,
    running,
    lastClaimedAt: last_claimed_at,
  }));

/** What each of the users has of the devices now, and when a job of theirs last got one. */
export const userLoads = (database: Queryable, userIds: readonly string[]): Promise<UserLoad[]> =>
  database.rows(
    LoadRow,
    `select asked.user_id,
       (select count(*) from training_jobs where user_id = asked.user_id and status in ('InProgress', 'Stopping')) as running,
       (select max(claimed_at) from training_jobs where user_id = asked.user_id) as last_claimed_at
     from unnest($1::text[]) as asked (user_id)`,
    [userIds],
  );

const CountRow = z.object({ waiting: z.coerce.number().int() });

export const countWaitingOf = async (database: Queryable, userId: string): Promise<number> =>
  (
    await database.row(
      CountRow,
      "select count(*) as waiting from training_jobs where user_id = $1 and status = 'Pending'",
      [userId],
    )
  )?.waiting ?? 0;
