import { useState } from "react";
import { SelectField, TextAreaField, TextField } from "../../ui/field.tsx";
import { Term } from "../../ui/term.tsx";
import { settingFaults } from "./chat-request.ts";
import type { PlaygroundState, Settings } from "./playground-state.ts";

interface SettingsCardProps {
  state: PlaygroundState;
  /** Whether one of the chosen models can be told how much to think. */
  canReason: boolean;
  onChange(change: Partial<PlaygroundState>): void;
}

interface NumberSetting {
  name: "temperature" | "maxTokens" | "topP" | "seed";
  word: string;
  meaning: string;
}

const numbers: readonly NumberSetting[] = [
  { name: "maxTokens", word: "Max tokens", meaning: "The answer ends after so many tokens, thoughts included." },
  {
    name: "temperature",
    word: "Temperature",
    meaning: "How daring the choice of words is: 0 takes the likeliest, 2 nearly any.",
  },
  {
    name: "topP",
    word: "Top p",
    meaning:
      "Only the likeliest words are drawn from, so many that they add up to this share. Change this or the temperature.",
  },
  { name: "seed", word: "Seed", meaning: "The same number gives the same answer again, where the model can." },
];

/** The widest screens show it from the start; elsewhere it would push the conversation away. */
const isRoomy = (): boolean => matchMedia("(min-width: 1024px)").matches;

const efforts = ["low", "medium", "high"] as const;

const EffortField = ({ settings, set }: { settings: Settings; set(change: Partial<Settings>): void }) => (
  <SelectField
    label={<Term meaning="How long the model thinks before it answers. Thoughts are billed as output.">Thinking</Term>}
    value={settings.effort}
    onChange={({ target }) => set({ effort: efforts.find((effort) => effort === target.value) ?? "" })}
  >
    <option value="">As the model does</option>
    {efforts.map((effort) => (
      <option key={effort} value={effort}>
        {effort.charAt(0).toUpperCase() + effort.slice(1)}
      </option>
    ))}
  </SelectField>
);

export const SettingsCard = ({ state: { system, settings }, canReason, onChange }: SettingsCardProps) => {
  const [isOpen] = useState(isRoomy);
  const faults = settingFaults(settings);
  const set = (change: Partial<Settings>): void => onChange({ settings: { ...settings, ...change } });
  return (
    <details open={isOpen} className="rounded-lg border border-line bg-raised p-4 shadow-card">
      <summary className="cursor-pointer font-semibold">System prompt and parameters</summary>
      <div className="mt-3 flex flex-col gap-3">
        <TextAreaField
          label="System prompt"
          help="What the model is told before the conversation."
          rows={4}
          value={system}
          onChange={({ target }) => onChange({ system: target.value })}
        />
        <div className="grid grid-cols-2 gap-3">
          {numbers.map(({ name, word, meaning }) => (
            <TextField
              key={name}
              label={<Term meaning={meaning}>{word}</Term>}
              error={faults[name]}
              inputMode="decimal"
              placeholder="Model’s own"
              value={settings[name]}
              onChange={({ target }) => set({ [name]: target.value })}
            />
          ))}
        </div>
        {canReason && <EffortField settings={settings} set={set} />}
        <TextAreaField
          label={<Term meaning="The answer ends where the model would write one of these.">Stop sequences</Term>}
          help="One a line, four at most."
          error={faults.stop}
          rows={2}
          value={settings.stop}
          onChange={({ target }) => set({ stop: target.value })}
        />
      </div>
    </details>
  );
};
