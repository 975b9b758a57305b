import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { BehaviourInput } from "../fakes/behaviour.ts";
import { type PlannedCall, plannedCall } from "./calls.ts";
import { type ClientCall, makeCall } from "./client.ts";
import { diceOf, killPlaces } from "./plan.ts";
import type { World } from "./world.ts";

export interface Kill {
  atMs: number;
  afterCalls: number;
  /** A copy of the spool as the dead process left it. */
  spool: string;
}

export interface Load {
  calls: ClientCall[];
  kills: Kill[];
  /** What the server said in its log before it was killed or stopped. */
  log: string;
}

/** What stands for all calls of a fake for a while. Prompts that ask for something else come first. */
const weathers: readonly (BehaviourInput | null)[] = [
  null,
  { error: { status: 429 }, percent: 15 },
  { error: { status: 429, retryAfterSeconds: 1 }, percent: 8 },
  { error: { status: 500 }, percent: 15 },
  { error: { status: 503 }, percent: 15 },
  { error: { status: 502, body: "html" }, percent: 12 },
  { truncate: { afterEvents: 0, how: "reset" }, percent: 12 },
  { truncate: { afterEvents: 2, how: "end" }, percent: 10 },
  { latencyMs: { headers: 15, firstEvent: 10, between: 2 } },
  { stall: { afterEvents: 0 }, percent: 2 },
];

const callsOfAWeather = 60;
const callersAtOnce = 24;

/** Kills the server without a word, keeps what it left in its spool, and starts it again on the same folder. */
const killAndRestart = async ({ platform }: World, load: Load, folder: string): Promise<void> => {
  const atMs = Date.now();
  const spool = join(folder, `spool-${load.kills.length}`);
  await platform.end("SIGKILL");
  load.log += platform.output;
  await cp(join(platform.dataDir, "usage-spool"), spool, { recursive: true });
  load.kills.push({ atMs, afterCalls: load.calls.length, spool });
  await platform.startProcess();
};

const setWeather = async ({ fakes }: World, dice: ReturnType<typeof diceOf>): Promise<void> => {
  for (const fake of Object.values(fakes)) await fake.behave(dice.one(weathers));
};

/** What is done to the server and the fakes, one after the other; callers wait only for a restart. */
class Interventions {
  #all: Promise<void> = Promise.resolve();
  restarting: Promise<void> | undefined;

  add(work: () => Promise<void>): Promise<void> {
    this.#all = this.#all.then(work);
    return this.#all;
  }

  restart(work: () => Promise<void>): void {
    this.restarting = this.add(work).finally(() => (this.restarting = undefined));
  }

  over(): Promise<void> {
    return this.#all;
  }
}

/**
 * Lets callers make so many calls, some at once, and kills the server whenever a number of them that follows from the seed
 * has ended. Who finds no server waits for it.
 */
export const applyLoad = async (
  world: World,
  { seed, calls, kills, folder }: { seed: number; calls: number; kills: number; folder: string },
): Promise<Load> => {
  const load: Load = { calls: [], kills: [], log: "" };
  const places = killPlaces(seed, calls, kills);
  const weather = diceOf(`weather ${seed}`);
  const priceChangesAt = Math.round(calls * 0.45);
  const interventions = new Interventions();
  const shares = world.callers.map((caller) => [caller, caller.share] as const);
  let next = 0;

  const afterCall = (): void => {
    const done = load.calls.length;
    if (done % callsOfAWeather === 0) void interventions.add(() => setWeather(world, weather));
    if (done === priceChangesAt) void interventions.add(() => world.changePrice());
    const place = places[load.kills.length];
    if (place === undefined || done < place || interventions.restarting !== undefined) return;
    interventions.restart(() => killAndRestart(world, load, folder));
  };

  const callOnAndOn = async (): Promise<void> => {
    while (next < calls) {
      await interventions.restarting;
      const plan: PlannedCall = plannedCall(seed, next);
      next += 1;
      const caller = diceOf(`caller ${seed} ${plan.number}`).weighted(shares);
      load.calls.push(await makeCall(world.platform.origin, plan, caller));
      afterCall();
    }
  };

  await Promise.all(Array.from({ length: callersAtOnce }, callOnAndOn));
  await interventions.over();
  return load;
};
