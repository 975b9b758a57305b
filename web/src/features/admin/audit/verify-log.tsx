import { verifyAuditLog } from "@llm-tuner/contract/audit.ts";
import { useMutation } from "@tanstack/react-query";
import type { z } from "zod";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { count } from "../../../ui/format.ts";
import { Notice } from "../../../ui/notice.tsx";

type Verdict = z.infer<(typeof verifyAuditLog.responses)[200]["schema"]>;

const faultWords = {
  altered: "was altered",
  missing: "is missing",
  rewritten: "was written anew, together with its seal",
  truncated: "and all after it were cut off",
} as const;

const VerdictNotice = ({ verdict: { intact, checked, head, faults } }: { verdict: Verdict }) => {
  if (intact) {
    return (
      <Notice tone="success">
        The log is intact: {count(checked)} {checked === 1 ? "entry" : "entries"} checked
        {head === null ? "" : `, the last is number ${count(head.sequence)}`}. Every entry is as it was written.
      </Notice>
    );
  }
  return (
    <Notice tone="danger">
      <p className="font-medium">The log was tampered with. {count(checked)} entries were checked.</p>
      <ul className="mt-1 list-disc pl-5">
        {faults.map(({ sequence, fault }) => (
          <li key={`${sequence} ${fault}`}>
            Entry {count(sequence)} {faultWords[fault]}.
          </li>
        ))}
      </ul>
    </Notice>
  );
};

/** The button and the verdict are apart: the one stands among other acts, the other over the list. */
export const useLogVerification = () => {
  const verify = useMutation({ mutationFn: () => call(verifyAuditLog, {}) });
  return {
    button: (
      <Button isBusy={verify.isPending} onClick={() => verify.mutate()}>
        Verify the log
      </Button>
    ),
    verdict: (
      <>
        {verify.error !== null && <ErrorPanel error={describeError(verify.error)} onRetry={() => verify.mutate()} />}
        {verify.data !== undefined && <VerdictNotice verdict={verify.data} />}
      </>
    ),
  };
};
