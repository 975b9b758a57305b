import type { VideoJob, VideoJobs } from "@llm-tuner/gateway/ports.ts";
import type { Database } from "../../platform/database/database.ts";
import { pageOf, parseCursor } from "../../platform/paging/cursor.ts";
import { allRows } from "../../platform/personal-data/personal-data.ts";
import type { Clock } from "../../platform/time/clock.ts";
import type { UsageModule } from "../../usage/usage.module.ts";
import { isUsable } from "../connections/connection.ts";
import type { KnownProviders } from "../known-providers.ts";
import { serverOf } from "../offered/offer-route.ts";
import type { VideoJobRow, VideoJobsStore } from "./video-jobs.store.ts";

type ExportedVideo = Pick<VideoJobRow, "id" | "request_id" | "provider" | "model" | "video" | "created_at">;

export interface VideoJobUsecases extends VideoJobs {
  /** Every video that a person ordered, newest first; not what it is called at its provider. */
  allOf: (userId: string) => AsyncGenerator<ExportedVideo>;
  /** Forgets what is older than it is kept. */
  deleteExpired: () => Promise<void>;
}

interface VideoJobDependencies {
  database: Database;
  store: VideoJobsStore;
  known: Pick<KnownProviders, "ensure" | "directory">;
  adjustRequest: UsageModule["adjustRequest"];
  clock: Clock;
  keptDays: number;
}

const dayMs = 86_400_000;
const reason = "The video was not made.";

const toJob = (row: VideoJobRow): VideoJob => ({
  id: row.id,
  accountId: row.user_id,
  requestId: row.request_id,
  deployment: row.deployment,
  provider: row.provider,
  upstreamId: row.upstream_id,
  model: row.model,
  video: row.video,
  createdAt: row.created_at,
});

export function createVideoJobUsecases(dependencies: VideoJobDependencies): VideoJobUsecases {
  const { database, store, known, adjustRequest, clock, keptDays } = dependencies;
  const oldest = (): Date => new Date(clock.now().getTime() - keptDays * dayMs);

  return {
    async save(job) {
      await store.insert(database, {
        id: job.id,
        user_id: job.accountId,
        request_id: job.requestId,
        deployment: job.deployment,
        provider: job.provider,
        upstream_id: job.upstreamId,
        model: job.model,
        video: job.video,
        created_at: job.createdAt,
      });
    },
    async find(userId, id) {
      const row = await store.find(database, { userId, id, since: oldest() });
      return row === undefined ? undefined : toJob(row);
    },
    async remove(userId, id) {
      await store.remove(database, { userId, id });
    },
    async serverOf({ deployment }) {
      await known.ensure();
      const offer = known.directory().offer(deployment);
      return offer !== undefined && isUsable(offer.connection) ? serverOf(offer) : undefined;
    },
    async giveBack({ id, requestId }) {
      // What an administrator changes later is theirs: this is done once. A crash between the two does it again, to no effect.
      if (await store.isGivenBack(database, id)) return;
      await adjustRequest({ requestId, costNanoUsd: 0, reason });
      await store.markGivenBack(database, { id, at: clock.now() });
    },
    allOf: (userId) =>
      allRows(async ({ limit, cursor }) => {
        const found = await store.list(database, { userId, after: parseCursor(cursor), limit: limit + 1 });
        const { rows, nextCursor } = pageOf(found, {
          limit,
          position: (row) => ({ createdAt: row.created_at, id: row.id }),
        });
        const exported = rows.map(({ id, request_id, provider, model, video, created_at }) => ({
          id,
          request_id,
          provider,
          model,
          video,
          created_at,
        }));
        return { rows: exported, nextCursor };
      }),
    async deleteExpired() {
      await store.removeBefore(database, oldest());
    },
  };
}
