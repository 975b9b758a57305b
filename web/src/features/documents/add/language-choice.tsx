import { X } from "lucide-react";
import type { ReactNode } from "react";
import { SelectField } from "../../../ui/field.tsx";
import { languageName } from "../language-name.ts";

export interface LanguageChoiceProps {
  label: ReactNode;
  /** Said where none is chosen. */
  none: string;
  help: string;
  /** Codes on offer. */
  offered: readonly string[];
  chosen: readonly string[];
  max: number;
  onChange(codes: string[]): void;
}

/** Some languages of a list, chosen one after the other. */
export const LanguageChoice = ({ label, none, help, offered, chosen, max, onChange }: LanguageChoiceProps) => {
  const left = offered.filter((code) => !chosen.includes(code));
  return (
    <div className="flex flex-col gap-2">
      <SelectField
        label={label}
        help={help}
        value=""
        disabled={chosen.length >= max}
        onChange={({ target }) => onChange([...chosen, target.value])}
      >
        <option value="">{chosen.length === 0 ? none : "Add a language"}</option>
        {left.map((code) => (
          <option key={code} value={code}>
            {languageName(code)}
          </option>
        ))}
      </SelectField>
      {chosen.length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {chosen.map((code) => (
            <li
              key={code}
              className="inline-flex items-center gap-1 rounded-full border border-line bg-accent-soft py-0.5 pr-1 pl-2 text-xs text-accent-text"
            >
              {languageName(code)}
              <button
                type="button"
                aria-label={`Take ${languageName(code)} away`}
                className="rounded-full p-0.5 hover:bg-hover"
                onClick={() => onChange(chosen.filter((other) => other !== code))}
              >
                <X aria-hidden size={12} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
};
