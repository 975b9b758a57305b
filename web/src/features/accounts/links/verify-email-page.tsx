import { verifyEmail } from "@llm-tuner/contract/mailed-links.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { meQuery } from "../../../api/queries.ts";
import { currentSession, renewSession } from "../../../api/session.ts";
import { Button } from "../../../ui/button.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { AuthFrame } from "../auth-frame.tsx";
import { BackToStart, IncompleteLink } from "./incomplete-link.tsx";
import { useLinkToken } from "./link-token.ts";

const title = "Verify your address";

/** Asks for a press: mail programs that open links to look at them would use the link up. */
const Verify = ({ token }: { token: string }) => {
  const queries = useQueryClient();
  const verify = useMutation({
    mutationFn: () => call(verifyEmail, { body: { token } }),
    onSuccess: async () => {
      // Somebody who changed the address is called by the new one from now on, on this device as well.
      const session = currentSession();
      if (session !== undefined) await renewSession(session);
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  if (verify.data !== undefined) {
    return (
      <AuthFrame title="Your address is verified" subtitle={verify.data.email}>
        <Notice tone="success">{verify.data.message}</Notice>
        <BackToStart>{currentSession() === undefined ? "Go to signing in" : "Go on"}</BackToStart>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title={title} subtitle="One press proves that the mail has reached you.">
      {verify.error !== null && <ErrorPanel error={describeError(verify.error)} />}
      <Button look="primary" isBusy={verify.isPending} onClick={() => verify.mutate()}>
        This address is mine
      </Button>
      {verify.error !== null && <BackToStart />}
    </AuthFrame>
  );
};

export const VerifyEmailPage = () => {
  const token = useLinkToken();
  return token === undefined ? <IncompleteLink title={title} /> : <Verify token={token} />;
};
