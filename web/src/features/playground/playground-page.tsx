import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useSyncExternalStore } from "react";
import { describeError } from "../../api/describe-error.ts";
import { llmProvidersQuery, servedModelsQuery } from "../../api/gateway-queries.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { EmptyState, Skeleton } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { ErrorPanel } from "../../ui/error-panel.tsx";
import { Page } from "../../ui/page.tsx";
import { settingFaults } from "./chat-request.ts";
import { Composer } from "./composer.tsx";
import { Conversation } from "./conversation.tsx";
import { estimateNanoUsd } from "./estimate-cost.ts";
import { LanesBar, presentRequest } from "./lanes-bar.tsx";
import { mayReason, maySee, modelChoices, type ModelChoice } from "../../ui/model-choices.ts";
import { isBusy, type PlaygroundState } from "./playground-state.ts";
import { playgroundOf, type Playground } from "./playground-store.ts";
import { SettingsCard } from "./settings-card.tsx";

const NoModels = () => (
  <EmptyState
    title="There is no model to ask yet"
    action={
      <Link to="/tuning/new" className={buttonClass("primary")}>
        Tune a model
      </Link>
    }
  >
    Tune one and deploy it, or ask an administrator to connect a provider: its models appear here at once.
  </EmptyState>
);

const Skeletons = () => (
  <>
    <Skeleton className="h-16" />
    <Skeleton className="h-64" />
    <Skeleton className="h-32" />
  </>
);

/** Why the draft cannot be sent as it is, in words. */
const obstacleOf = (state: PlaygroundState, chosen: readonly (ModelChoice | undefined)[]): string | undefined => {
  if (chosen.includes(undefined)) return "Choose a model first.";
  if (Object.keys(settingFaults(state.settings)).length > 0) return "A parameter is not right: see the field.";
  const blind = chosen.find((choice) => choice !== undefined && !maySee(choice));
  if (state.draftPictures.length > 0 && blind !== undefined) {
    return `${blind.id} cannot see pictures. Take them away, or choose another model.`;
  }
  return undefined;
};

/** Of all answers together; null as soon as it cannot be said of one. */
const estimateOf = (state: PlaygroundState, chosen: readonly (ModelChoice | undefined)[]): number | null => {
  let sum = 0;
  for (const [lane, choice] of chosen.entries()) {
    const estimate =
      choice === undefined
        ? null
        : estimateNanoUsd(
            presentRequest(state, lane, () => true),
            choice,
          );
    if (estimate === null) return null;
    sum += estimate;
  }
  return sum;
};

const Asking = ({ playground, choices }: { playground: Playground; choices: readonly ModelChoice[] }) => {
  const state = useSyncExternalStore(playground.subscribe, playground.state);
  const { lanes } = state;
  const [first] = choices;
  useEffect(() => {
    if (lanes[0] === "" && first !== undefined) playground.change({ lanes: [first.id, ...lanes.slice(1)] });
  }, [lanes, first, playground]);
  const canReason = (name: string): boolean => {
    const choice = choices.find(({ id }) => id === name);
    return choice !== undefined && mayReason(choice);
  };
  const chosen = lanes.map((name) => choices.find(({ id }) => id === name));
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_19rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <LanesBar state={state} choices={choices} mayReason={canReason} onChange={playground.change} />
        {state.turns.length > 0 && (
          <Conversation state={state} onAgain={(lane) => void playground.askAgain(lane, canReason)} />
        )}
        <Composer
          state={state}
          obstacle={obstacleOf(state, chosen)}
          canSeePictures={chosen.every((choice) => choice !== undefined && maySee(choice))}
          estimateNanoUsd={estimateOf(state, chosen)}
          onChange={playground.change}
          onSend={() => void playground.send(canReason)}
          onStop={playground.stop}
        />
      </div>
      <SettingsCard state={state} canReason={lanes.some(canReason)} onChange={playground.change} />
    </div>
  );
};

const Clear = ({ playground }: { playground: Playground }) => {
  const state = useSyncExternalStore(playground.subscribe, playground.state);
  if (state.turns.length === 0 && state.system === "") return null;
  return (
    <Confirm
      trigger={<Button disabled={isBusy(state)}>Clear</Button>}
      title="Clear the conversation?"
      confirm="Clear it"
      onConfirm={playground.clear}
    >
      All turns and the system prompt are forgotten in this browser. What was used and what it cost stays under Usage.
    </Confirm>
  );
};

interface PlaygroundPageProps {
  email: string;
  /** Of a link that names a model. */
  model: string | undefined;
  /** The model is chosen now: a reload must not choose it once more. */
  onModelTaken(): void;
}

export const PlaygroundPage = ({ email, model, onModelTaken }: PlaygroundPageProps) => {
  const playground = playgroundOf(email);
  const [served, providers] = useQueries({ queries: [servedModelsQuery, llmProvidersQuery] });
  useEffect(() => {
    if (model === undefined) return;
    playground.change({ lanes: [model, ...playground.state().lanes.slice(1)] });
    onModelTaken();
  }, [model, playground, onModelTaken]);
  const error = served.error ?? providers.error;
  const choices =
    served.data === undefined || providers.data === undefined
      ? undefined
      : modelChoices(served.data, providers.data.providers);
  return (
    <Page
      title="Playground"
      subtitle="Ask any model, or two side by side, and see what it costs."
      action={<Clear playground={playground} />}
    >
      {error !== null && (
        <ErrorPanel
          error={describeError(error)}
          onRetry={() => void Promise.all([served.refetch(), providers.refetch()])}
        />
      )}
      {error === null && choices === undefined && <Skeletons />}
      {choices?.length === 0 && <NoModels />}
      {choices !== undefined && choices.length > 0 && <Asking playground={playground} choices={choices} />}
    </Page>
  );
};
