import { z } from "zod";
import { type StoredCaller, StoredCallerColumn } from "../platform/http/stored-caller.ts";
import type { Queryable } from "../platform/database/database.ts";

/** How a tagger did on one document. */
export const EvaluatedDocument = z.object({
  document_id: z.string(),
  hits: z.int(),
  suggested: z.int(),
  accepted: z.int(),
  cost_nano_usd: z.int().nullable(),
  /** Why there are no suggestions; null when the tagger answered. */
  failure: z.string().nullable(),
});
export type EvaluatedDocument = z.infer<typeof EvaluatedDocument>;

const EvaluationRow = z.object({
  id: z.string(),
  user_id: z.string(),
  tagger: z.string(),
  caller: StoredCallerColumn,
  document_ids: z.array(z.string()),
  status: z.enum(["running", "completed", "failed"]),
  message: z.string().nullable(),
  results: z.array(EvaluatedDocument),
  created_at: z.date(),
});
export type EvaluationRow = z.infer<typeof EvaluationRow>;

export interface NewEvaluation {
  id: string;
  userId: string;
  tagger: string;
  caller: StoredCaller;
  documentIds: readonly string[];
  createdAt: Date;
}

const Chosen = z.object({ tagger: z.string() });
const Count = z.object({ count: z.coerce.number() });
const columns = "id, user_id, tagger, caller, document_ids, status, message, results, created_at";

export const taggingStore = {
  chosenTagger: async (queryable: Queryable, userId: string): Promise<string | undefined> =>
    (await queryable.row(Chosen, "select tagger from tagging_settings where user_id = $1", [userId]))?.tagger,

  async choose(queryable: Queryable, { userId, tagger, at }: { userId: string; tagger: string; at: Date }) {
    await queryable.execute(
      `insert into tagging_settings (user_id, tagger, updated_at) values ($1, $2, $3)
       on conflict (user_id) do update set tagger = excluded.tagger, updated_at = excluded.updated_at`,
      [userId, tagger, at],
    );
  },

  async forgetChoice(queryable: Queryable, userId: string) {
    await queryable.execute("delete from tagging_settings where user_id = $1", [userId]);
  },

  /** Nobody else begins an evaluation of the person until the transaction ends. */
  async runningForInsert(transaction: Queryable, userId: string): Promise<number> {
    await transaction.execute("select pg_advisory_xact_lock(hashtextextended($1, 28))", [userId]);
    const text = "select count(*) as count from tagger_evaluations where user_id = $1 and status = 'running'";
    return (await transaction.row(Count, text, [userId]))?.count ?? 0;
  },

  async insertEvaluation(transaction: Queryable, evaluation: NewEvaluation): Promise<void> {
    await transaction.execute(
      `insert into tagger_evaluations (id, user_id, tagger, caller, document_ids, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [
        evaluation.id,
        evaluation.userId,
        evaluation.tagger,
        JSON.stringify(evaluation.caller),
        evaluation.documentIds,
        evaluation.createdAt,
      ],
    );
  },

  /** Keeps the newest ones of a person, and those that run. */
  async deleteOldest(transaction: Queryable, { userId, kept }: { userId: string; kept: number }): Promise<void> {
    await transaction.execute(
      `delete from tagger_evaluations where status <> 'running' and id in (
         select id from tagger_evaluations where user_id = $1 order by created_at desc, id desc offset $2)`,
      [userId, kept],
    );
  },

  evaluation: (queryable: Queryable, id: string): Promise<EvaluationRow | undefined> =>
    queryable.row(EvaluationRow, `select ${columns} from tagger_evaluations where id = $1`, [id]),

  evaluations: (queryable: Queryable, userId: string, most: number): Promise<EvaluationRow[]> =>
    queryable.rows(
      EvaluationRow,
      `select ${columns} from tagger_evaluations where user_id = $1 order by created_at desc, id desc limit $2`,
      [userId, most],
    ),

  /** Adds the result of the next document; false when somebody else has added it, or the evaluation has ended. */
  async addResult(queryable: Queryable, { id, done }: { id: string; done: number }, result: EvaluatedDocument) {
    const text = `update tagger_evaluations set results = results || $3::jsonb
       where id = $1 and status = 'running' and jsonb_array_length(results) = $2`;
    return (await queryable.execute(text, [id, done, JSON.stringify([result])])) > 0;
  },

  /** Ends those of a person that were begun so long ago that nobody works on them any more. */
  async endForgotten(queryable: Queryable, end: { userId: string; begunBefore: Date; message: string; at: Date }) {
    const text = `update tagger_evaluations set status = 'failed', message = $3, finished_at = $4
       where user_id = $1 and status = 'running' and created_at < $2`;
    await queryable.execute(text, [end.userId, end.begunBefore, end.message, end.at]);
  },

  async finish(
    queryable: Queryable,
    end: { id: string; status: "completed" | "failed"; message: string | null; at: Date },
  ) {
    const text = `update tagger_evaluations set status = $2, message = $3, finished_at = $4
       where id = $1 and status = 'running'`;
    await queryable.execute(text, [end.id, end.status, end.message, end.at]);
  },
};

export type TaggingStore = typeof taggingStore;
