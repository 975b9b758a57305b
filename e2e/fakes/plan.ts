import { Behaviour, type BehaviourInput } from "./behaviour.ts";
import { seededNumbers } from "./seeded.ts";

interface CallFacts {
  method: string;
  path: string;
  model: string | null;
  stream: boolean;
}

const matches = ({ match = {} }: Behaviour, { method, path, model, stream }: CallFacts): boolean =>
  // What clients poll with GET must not eat what was planned for the next generation.
  method === (match.method ?? "POST") &&
  (match.path === undefined || path.includes(match.path)) &&
  (match.model === undefined || (model ?? "").includes(match.model)) &&
  (match.stream === undefined || match.stream === stream);

/** Decides which behaviour a call meets: what was planned for it, else what stands for all. */
export class Plan {
  #planned: Behaviour[] = [];
  #standing: Behaviour | undefined;
  #seen = 0;
  #next = seededNumbers("plan");

  /** Plans the next matching calls, in this order. */
  add(...behaviours: readonly BehaviourInput[]): void {
    this.#planned.push(...behaviours.map((behaviour) => Behaviour.parse(behaviour)));
  }

  /** Sets what holds for every call until it is set anew. */
  stand(behaviour: BehaviourInput | null): void {
    this.#standing = behaviour === null ? undefined : Behaviour.parse(behaviour);
    this.#seen = 0;
    this.#next = seededNumbers("plan");
  }

  clear(): void {
    this.#planned = [];
    this.stand(null);
  }

  /** The behaviour for this call, together with what its own prompt asks for. */
  take(call: CallFacts, asked: Behaviour | undefined): Behaviour {
    return { ...this.#standingFor(call), ...asked, ...this.#plannedFor(call) };
  }

  #plannedFor(call: CallFacts): Behaviour | undefined {
    const planned = this.#planned.find((behaviour) => matches(behaviour, call));
    if (planned === undefined) return undefined;
    const left = (planned.times ?? 1) - 1;
    this.#planned = this.#planned.flatMap((one) => {
      if (one !== planned) return [one];
      return left > 0 ? [{ ...planned, times: left }] : [];
    });
    return planned;
  }

  #standingFor(call: CallFacts): Behaviour | undefined {
    const standing = this.#standing;
    if (standing === undefined || !matches(standing, call)) return undefined;
    this.#seen += 1;
    if (standing.every !== undefined && this.#seen % standing.every !== 0) return undefined;
    if (standing.percent !== undefined && this.#next() * 100 >= standing.percent) return undefined;
    return standing;
  }
}
