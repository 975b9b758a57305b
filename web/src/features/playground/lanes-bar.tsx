import { clsx } from "clsx";
import { Columns2, X } from "lucide-react";
import { Button } from "../../ui/button.tsx";
import { lastRequest, type ChatRequest, type MayReason } from "./chat-request.ts";
import { CodeButton } from "./code-dialog.tsx";
import type { ModelChoice } from "../../ui/model-choices.ts";
import { ModelPicker } from "../../ui/model-picker.tsx";
import { isBusy, withDraftSent, withoutLane, type PlaygroundState } from "./playground-state.ts";

interface LanesBarProps {
  state: PlaygroundState;
  choices: readonly ModelChoice[];
  mayReason: MayReason;
  onChange(change: Partial<PlaygroundState>): void;
}

/** The request that Send would make; while nothing is written, the one that was made last. */
export const presentRequest = (state: PlaygroundState, lane: number, mayReason: MayReason): ChatRequest => {
  const isWritten = state.draft.trim() !== "" || state.draftPictures.length > 0;
  return lastRequest(isWritten ? withDraftSent(state) : state, lane, mayReason);
};

const laneWords = ["First model", "Second model"];

/** The models that answer, each with the request as code; a second one can be put beside the first. */
export const LanesBar = ({ state, choices, mayReason, onChange }: LanesBarProps) => {
  const { lanes } = state;
  const isSingle = lanes.length === 1;
  const setModel = (lane: number, model: string): void =>
    onChange({ lanes: lanes.map((present, index) => (index === lane ? model : present)) });
  return (
    <div className={clsx("grid gap-3", !isSingle && "md:grid-cols-2")}>
      {lanes.map((model, lane) => {
        const label = isSingle ? "Model" : (laneWords[lane] ?? "Model");
        return (
          // oxlint-disable-next-line react/no-array-index-key -- a lane is its place
          <div key={lane} className="flex min-w-0 flex-wrap items-start gap-2 sm:flex-nowrap">
            <ModelPicker label={label} choices={choices} model={model} onChange={(name) => setModel(lane, name)} />
            <div className="flex gap-2 sm:mt-[27px]">
              <CodeButton label={label} request={presentRequest(state, lane, mayReason)} />
              {isSingle ? (
                <Button
                  disabled={isBusy(state)}
                  onClick={() => onChange({ lanes: [model, choices.find(({ id }) => id !== model)?.id ?? model] })}
                >
                  <Columns2 aria-hidden size={16} />
                  Compare
                </Button>
              ) : (
                <Button
                  look="quiet"
                  aria-label={`Take ${label.toLowerCase()} away`}
                  disabled={isBusy(state)}
                  onClick={() => onChange(withoutLane(state, lane))}
                >
                  <X aria-hidden size={16} />
                </Button>
              )}
            </div>
          </div>
        );
      })}
    </div>
  );
};
