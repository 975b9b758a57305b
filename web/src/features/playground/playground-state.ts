import { z } from "zod";

/** What a person may set of a request, as it stands in the fields; an empty field leaves the model's own. */
export const Settings = z.object({
  temperature: z.string(),
  maxTokens: z.string(),
  topP: z.string(),
  stop: z.string(),
  seed: z.string(),
  effort: z.enum(["", "low", "medium", "high"]),
});
export type Settings = z.infer<typeof Settings>;

export const usualSettings: Settings = { temperature: "", maxTokens: "2048", topP: "", stop: "", seed: "", effort: "" };

const Picture = z.object({ name: z.string(), dataUrl: z.string() });
export type Picture = z.infer<typeof Picture>;

const Failure = z.object({
  code: z.string(),
  message: z.string(),
  status: z.number(),
  retryAfterSeconds: z.number().nullable(),
  field: z.string().nullable(),
});
export type Failure = z.infer<typeof Failure>;

const Answer = z.object({
  model: z.string(),
  status: z.enum(["streaming", "done", "stopped", "failed"]),
  reasoning: z.string(),
  content: z.string(),
  refusal: z.string(),
  pictures: z.array(z.string()),
  finishReason: z.string().nullable(),
  requestId: z.string().nullable(),
  provider: z.string().nullable(),
  warnings: z.array(z.string()),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number().nullable(),
  failure: Failure.nullable(),
});
export type Answer = z.infer<typeof Answer>;

const Turn = z.object({
  id: z.number(),
  prompt: z.string(),
  pictures: z.array(Picture),
  /** Pictures that were part of it, and were not kept over a reload. */
  lostPictures: z.number(),
  /** By lane; null where the lane was not there yet. */
  answers: z.array(Answer.nullable()),
});
export type Turn = z.infer<typeof Turn>;

/** Everything on the page. A lane is a place for one model: there are one or two, side by side. */
export const PlaygroundState = z.object({
  lanes: z.array(z.string()).min(1).max(2),
  system: z.string(),
  settings: Settings,
  draft: z.string(),
  draftPictures: z.array(Picture),
  turns: z.array(Turn),
});
export type PlaygroundState = z.infer<typeof PlaygroundState>;

export const emptyPlayground: PlaygroundState = {
  lanes: [""],
  system: "",
  settings: usualSettings,
  draft: "",
  draftPictures: [],
  turns: [],
};

export const newAnswer = (model: string): Answer => ({
  model,
  status: "streaming",
  reasoning: "",
  content: "",
  refusal: "",
  pictures: [],
  finishReason: null,
  requestId: null,
  provider: null,
  warnings: [],
  inputTokens: null,
  outputTokens: null,
  firstTokenMs: null,
  totalMs: null,
  failure: null,
});

const isStreaming = (answer: Answer | null | undefined): boolean => answer?.status === "streaming";

export const isBusy = ({ turns }: PlaygroundState): boolean => turns.at(-1)?.answers.some(isStreaming) === true;

/** The state in which the draft has become a turn that every lane answers. */
export const withDraftSent = (state: PlaygroundState): PlaygroundState => ({
  ...state,
  draft: "",
  draftPictures: [],
  turns: [
    ...state.turns,
    {
      id: (state.turns.at(-1)?.id ?? 0) + 1,
      prompt: state.draft,
      pictures: state.draftPictures,
      lostPictures: 0,
      answers: state.lanes.map(newAnswer),
    },
  ],
});

/** The state with another answer of one lane to the last turn. */
export const withAnswer = (
  state: PlaygroundState,
  lane: number,
  change: (answer: Answer | null) => Answer,
): PlaygroundState => {
  const last = state.turns.at(-1);
  if (last === undefined) return state;
  const answers = state.lanes.map((_, index) =>
    index === lane ? change(last.answers[index] ?? null) : (last.answers[index] ?? null),
  );
  return { ...state, turns: [...state.turns.slice(0, -1), { ...last, answers }] };
};

/** The state without its second lane and what was answered there. */
export const withoutLane = (state: PlaygroundState, lane: number): PlaygroundState => ({
  ...state,
  lanes: state.lanes.filter((_, index) => index !== lane),
  turns: state.turns.map((turn) => ({ ...turn, answers: turn.answers.filter((_, index) => index !== lane) })),
});
