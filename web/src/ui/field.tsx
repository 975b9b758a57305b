import { clsx } from "clsx";
import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from "react";

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
    "min-h-9 w-full rounded-md border bg-surface px-3 text-text placeholder:text-faint",
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
      {error === undefined ? (
        <span className="text-faint">{help}</span>
      ) : (
        <p className="text-danger first-letter:uppercase">{error}</p>
      )}
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

export const TextAreaField = ({
  label,
  help,
  error,
  ...rest
}: FieldProps & TextareaHTMLAttributes<HTMLTextAreaElement>) => {
  const ids = useIds();
  return (
    <Field label={label} help={help} error={error} ids={ids}>
      <textarea
        {...rest}
        id={ids.control}
        aria-describedby={ids.help}
        aria-invalid={error !== undefined}
        className={clsx(controlClass(error !== undefined), "py-2")}
      />
    </Field>
  );
};

export const CheckboxField = ({
  label,
  help,
  ...rest
}: Omit<FieldProps, "error"> & InputHTMLAttributes<HTMLInputElement>) => {
  const ids = useIds();
  return (
    <div className="flex items-start gap-2">
      <input
        type="checkbox"
        {...rest}
        id={ids.control}
        aria-describedby={ids.help}
        className="mt-0.5 size-4 shrink-0 accent-accent"
      />
      <div className="min-w-0">
        <label htmlFor={ids.control}>{label}</label>
        <div id={ids.help} className="text-xs text-faint">
          {help}
        </div>
      </div>
    </div>
  );
};

/** Controls that answer one question together. */
export const FieldGroup = ({ label, error, children }: Omit<FieldProps, "help"> & { children: ReactNode }) => (
  <fieldset className="flex flex-col gap-2">
    <legend className="mb-2 font-medium">{label}</legend>
    {children}
    <div className="text-xs" aria-live="polite">
      {error !== undefined && <p className="text-danger first-letter:uppercase">{error}</p>}
    </div>
  </fieldset>
);
