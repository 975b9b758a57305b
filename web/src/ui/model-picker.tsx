import { Combobox } from "@base-ui/react/combobox";
import { ChevronDown } from "lucide-react";
import { count, perMillion } from "./format.ts";
import { groupsOf, type ModelChoice, type ModelGroup } from "./model-choices.ts";

interface ModelPickerProps {
  label: string;
  choices: readonly ModelChoice[];
  /** Name of the chosen model, be it on offer or not. */
  model: string;
  onChange(model: string): void;
}

const priceOf = ({ inputPrice, outputPrice }: ModelChoice): string =>
  inputPrice === null || outputPrice === null
    ? "no price known"
    : `${perMillion(inputPrice)} in, ${perMillion(outputPrice)} out`;

/** What is known of a model in one line. */
const factsOf = (choice: ModelChoice): string =>
  [
    priceOf(choice),
    ...(choice.contextWindow === null ? [] : [`${count(choice.contextWindow)} tokens of context`]),
    ...(choice.capabilities?.includes("vision") === true ? ["sees pictures"] : []),
    ...(choice.capabilities?.includes("reasoning") === true ? ["reasons"] : []),
  ].join(" · ");

const Choice = ({ choice }: { choice: ModelChoice }) => (
  <Combobox.Item
    value={choice}
    className="cursor-pointer rounded px-3 py-1.5 outline-none select-none data-highlighted:bg-hover data-selected:font-medium"
  >
    <div className="break-all">{choice.id}</div>
    <div className="text-xs font-normal text-faint">{factsOf(choice)}</div>
  </Combobox.Item>
);

const Choices = () => (
  <Combobox.Portal>
    <Combobox.Positioner sideOffset={4} align="start" className="z-20">
      <Combobox.Popup className="max-h-[min(26rem,var(--available-height))] w-[var(--anchor-width)] max-w-[calc(100vw-2rem)] min-w-72 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-card outline-none">
        <Combobox.Empty className="px-3 py-2 text-soft empty:hidden">No model has such a name.</Combobox.Empty>
        <Combobox.List>
          {(group: ModelGroup) => (
            <Combobox.Group key={group.value} items={group.items} className="py-1">
              <Combobox.GroupLabel className="px-3 py-1 text-xs font-medium text-faint">
                {group.value}
              </Combobox.GroupLabel>
              <Combobox.Collection>
                {(choice: ModelChoice) => <Choice key={choice.id} choice={choice} />}
              </Combobox.Collection>
            </Combobox.Group>
          )}
        </Combobox.List>
      </Combobox.Popup>
    </Combobox.Positioner>
  </Combobox.Portal>
);

/** All models by who offers them; typing narrows them. */
export const ModelPicker = ({ label, choices, model, onChange }: ModelPickerProps) => {
  const chosen = choices.find(({ id }) => id === model);
  return (
    <div className="min-w-0 flex-1">
      <Combobox.Root
        items={groupsOf(choices)}
        value={chosen ?? null}
        onValueChange={(choice: ModelChoice | null) => (choice === null ? undefined : onChange(choice.id))}
        itemToStringLabel={({ id }: ModelChoice) => id}
        isItemEqualToValue={(one: ModelChoice, other: ModelChoice) => one.id === other.id}
        autoHighlight
      >
        <label className="flex flex-col gap-1 font-medium">
          {label}
          <Combobox.InputGroup className="flex min-h-9 items-center rounded-md border border-line bg-surface font-normal hover:border-line-strong">
            <Combobox.Input
              placeholder="Type to search"
              className="min-w-0 flex-1 bg-transparent px-3 py-1.5 rounded-md placeholder:text-faint"
            />
            <Combobox.Trigger
              aria-label={`Show all models for ${label}`}
              className="mr-1 rounded p-1 text-faint hover:bg-hover hover:text-text"
            >
              <ChevronDown aria-hidden size={16} />
            </Combobox.Trigger>
          </Combobox.InputGroup>
        </label>
        <Choices />
      </Combobox.Root>
      <p className="mt-1 text-xs text-faint">
        {chosen !== undefined && factsOf(chosen)}
        {chosen === undefined && model !== "" && (
          <span className="text-danger">{model} is not on offer any more. Choose another model.</span>
        )}
      </p>
    </div>
  );
};
