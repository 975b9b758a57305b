import type { ModelPlan, ModelServer, VideoJob, VideoJobs } from "../ports.ts";

/** Remembers videos in memory, those of each account apart, and finds their servers among the plans of a test. */
export class TestVideos implements VideoJobs {
  readonly jobs = new Map<string, VideoJob>();
  /** Requests whose charge was given back, as often as that was asked for. */
  readonly givenBack: string[] = [];
  failSave: Error | undefined;
  failGiveBack: Error | undefined;
  readonly #plans: ReadonlyMap<string, ModelPlan>;

  constructor(plans: ReadonlyMap<string, ModelPlan>) {
    this.#plans = plans;
  }

  async save(job: VideoJob): Promise<void> {
    if (this.failSave !== undefined) throw this.failSave;
    this.jobs.set(`${job.accountId} ${job.id}`, job);
  }

  async find(accountId: string, id: string): Promise<VideoJob | undefined> {
    return this.jobs.get(`${accountId} ${id}`);
  }

  async remove(accountId: string, id: string): Promise<void> {
    this.jobs.delete(`${accountId} ${id}`);
  }

  async serverOf({ deployment }: VideoJob): Promise<ModelServer | undefined> {
    const routes = [...this.#plans.values()].flatMap(({ steps }) => steps.flat());
    return routes.find(({ route }) => route.deployment === deployment)?.route;
  }

  async giveBack({ requestId }: VideoJob): Promise<void> {
    if (this.failGiveBack !== undefined) throw this.failGiveBack;
    this.givenBack.push(requestId);
  }
}
