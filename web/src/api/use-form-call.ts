import { useMutation } from "@tanstack/react-query";
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import { describeError } from "./describe-error.ts";
import { fieldErrors } from "./form-errors.ts";

interface FormCall<Values extends FieldValues, Sent, Result> {
  form: UseFormReturn<Values, unknown, Sent>;
  send(values: Sent): Promise<Result>;
  onDone?(result: Result): unknown;
  /** The form's fields by names of the request that differ from its own. */
  aliases?: Readonly<Record<string, Path<Values>>>;
}

/**
 * Sends what a form holds. A refusal that names fields of the form stands beside them; any other is `panel`. The form
 * keeps its values either way.
 */
export const useFormCall = <Values extends FieldValues, Sent, Result>({
  form,
  send,
  onDone,
  aliases = {},
}: FormCall<Values, Sent, Result>) => {
  const refusedFields = (error: Error) => {
    const own = Object.keys(form.getValues());
    // Names of the form's own values are its paths.
    return fieldErrors(error, [...own, ...Object.keys(aliases)]).map(({ name, message }) => ({
      name: aliases[name] ?? (name as Path<Values>),
      message,
    }));
  };
  const { mutate, reset, error, isPending, data } = useMutation({
    mutationFn: send,
    onSuccess: (result) => onDone?.(result),
    onError: (failure) => {
      for (const { name, message } of refusedFields(failure)) form.setError(name, { message }, { shouldFocus: true });
    },
  });
  return {
    onSubmit: (event: React.SyntheticEvent): void => {
      // A form in a dialog stands in the DOM elsewhere, but its events still rise through the page's components.
      event.stopPropagation();
      void form.handleSubmit((values) => mutate(values))(event);
    },
    isBusy: isPending,
    result: data,
    reset,
    panel: error === null || refusedFields(error).length > 0 ? undefined : describeError(error),
  };
};
