import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { showError, showNotice } from "../ui/toasts.tsx";
import { describeError } from "./describe-error.ts";

interface Act<Input, Result> {
  act(input: Input): Promise<Result>;
  /** Whatever was read under these keys is read again afterwards. */
  changes?: readonly QueryKey[];
  /** Said when it is done. */
  notice?: string | ((result: Result) => string);
  onDone?(result: Result): unknown;
}

/** One act of the person that has no form: what failed and what was done is told in a corner of the page. */
export const useAct = <Result, Input = void>({ act, changes = [], notice, onDone }: Act<Input, Result>) => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: async (result) => {
      if (notice !== undefined) showNotice(typeof notice === "string" ? notice : notice(result));
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })));
      await onDone?.(result);
    },
    onError: (error) => {
      const { message, remedy, requestId } = describeError(error);
      showError(message, [remedy, requestId === undefined ? undefined : `Request ${requestId}`]);
    },
  });
};
