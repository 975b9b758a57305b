import { useCallback, type ReactNode } from "react";
import { SelectField, TextField } from "./field.tsx";
import { fieldOfTime, timeOfField } from "./time-field.ts";
import { usePausedText } from "./use-paused-text.ts";

export const FilterBar = ({ children }: { children: ReactNode }) => (
  <search className="grid w-full grid-cols-2 items-start gap-3 sm:flex sm:w-auto sm:flex-wrap sm:items-end">
    {children}
  </search>
);

const pauseMs = 300;

interface SearchFilterProps {
  label: string;
  placeholder?: string;
  value: string | undefined;
  /** Called when the person pauses, so that not every letter asks the platform; undefined when it is empty. */
  onChange(value: string | undefined): void;
  /** What the filter makes of what is typed, where that is not the same. */
  read?: (text: string) => string;
}

export const SearchFilter = ({ label, placeholder, value = "", onChange, ...reading }: SearchFilterProps) => {
  const onText = useCallback((wanted: string) => onChange(wanted === "" ? undefined : wanted), [onChange]);
  const [text, setText] = usePausedText({ value, onChange: onText, pauseMs, ...reading });
  return (
    <div className="col-span-2 min-w-0 sm:w-52">
      <TextField
        label={<span className="text-xs text-faint">{label}</span>}
        type="search"
        placeholder={placeholder}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </div>
  );
};

interface SelectFilterProps<Choice extends string> {
  label: string;
  /** The word of no filter at all. */
  all: string;
  choices: readonly { value: Choice; word: string }[];
  value: Choice | undefined;
  onChange(value: Choice | undefined): void;
}

export const SelectFilter = <Choice extends string>({
  label,
  all,
  choices,
  value,
  onChange,
}: SelectFilterProps<Choice>) => (
  <div className="min-w-0 sm:w-40">
    <SelectField
      label={<span className="text-xs text-faint">{label}</span>}
      value={value ?? ""}
      onChange={({ target }) => onChange(choices.find((choice) => choice.value === target.value)?.value)}
    >
      <option value="">{all}</option>
      {choices.map((choice) => (
        <option key={choice.value} value={choice.value}>
          {choice.word}
        </option>
      ))}
    </SelectField>
  </div>
);

interface TimeFilterProps {
  label: string;
  /** ISO 8601; the field shows it where the person is. */
  value: string | undefined;
  onChange(value: string | undefined): void;
}

export const TimeFilter = ({ label, value, onChange }: TimeFilterProps) => (
  <div className="min-w-0 sm:w-50">
    <TextField
      type="datetime-local"
      label={<span className="text-xs text-faint">{label}</span>}
      value={fieldOfTime(value)}
      onChange={({ target }) => onChange(timeOfField(target.value))}
    />
  </div>
);
