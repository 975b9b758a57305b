import { clsx } from "clsx";
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from "react";

interface FieldProps {
  label: ReactNode;
  help?: ReactNode;
  error?: string | undefined;
}

interface Ids {
  control: string;
  help: string;
}

const controlClass = (hasError: boolean): string =>
  clsx(
    "h-9 w-full rounded-md border bg-surface px-3 text-text placeholder:text-faint",
    hasError ? "border-danger" : "border-line hover:border-line-strong",
  );

/** Label above, help under, and the error beside the control in words, announced when it appears. */
const Field = ({ label, help, error, ids, children }: FieldProps & { ids: Ids; children: ReactNode }) => (
  <div className="flex flex-col gap-1">
    <label htmlFor={ids.control} className="font-medium">
      {label}
    </label>
    {children}
    <div id={ids.help} className="text-xs" aria-live="polite">
      {error === undefined ? <span className="text-faint">{help}</span> : <span className="text-danger">{error}</span>}
    </div>
  </div>
);

const useIds = (): Ids => {
  const id = useId();
  return { control: `${id}-control`, help: `${id}-help` };
};

export const TextField = ({ label, help, error, ...rest }: FieldProps & InputHTMLAttributes<HTMLInputElement>) => {
  const ids = useIds();
  return (
    <Field label={label} help={help} error={error} ids={ids}>
      <input
        {...rest}
        id={ids.control}
        aria-describedby={ids.help}
        aria-invalid={error !== undefined}
        className={controlClass(error !== undefined)}
      />
    </Field>
  );
};

export const SelectField = ({
  label,
  help,
  error,
  children,
  ...rest
}: FieldProps & SelectHTMLAttributes<HTMLSelectElement>) => {
  const ids = useIds();
  return (
    <Field label={label} help={help} error={error} ids={ids}>
      <select
        {...rest}
        id={ids.control}
        aria-describedby={ids.help}
        aria-invalid={error !== undefined}
        className={controlClass(error !== undefined)}
      >
        {children}
      </select>
    </Field>
  );
};
