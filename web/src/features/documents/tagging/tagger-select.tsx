import { offlineTagger } from "@llm-tuner/contract/tagging.ts";
import { SelectField } from "../../../ui/field.tsx";
import { groupsOf } from "../../../ui/model-choices.ts";
import { useTaggerModels } from "../tagger-choices.ts";

interface TaggerSelectProps {
  label: string;
  help?: string;
  tagger: string;
  disabled?: boolean;
  onChange(tagger: string): void;
}

/** The offline tagger and every model that can be asked. */
export const TaggerSelect = ({ label, help, tagger, disabled, onChange }: TaggerSelectProps) => {
  const models = useTaggerModels() ?? [];
  const isKnown = tagger === offlineTagger || models.some(({ id }) => id === tagger);
  return (
    <SelectField
      label={label}
      help={help}
      value={tagger}
      disabled={disabled}
      onChange={({ target }) => onChange(target.value)}
    >
      <option value={offlineTagger}>Offline tagger — needs no model</option>
      {!isKnown && <option value={tagger}>{tagger}</option>}
      {groupsOf(models).map(({ value, items }) => (
        <optgroup key={value} label={value}>
          {items.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </optgroup>
      ))}
    </SelectField>
  );
};
