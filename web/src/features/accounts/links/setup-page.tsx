import { claimFirstAdmin } from "@llm-tuner/contract/external-sign-in.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call } from "../../../api/call.ts";
import { describeError } from "../../../api/describe-error.ts";
import { meQuery, signInOptionsQuery } from "../../../api/queries.ts";
import { Button, buttonClass } from "../../../ui/button.tsx";
import { Card, EmptyState } from "../../../ui/card.tsx";
import { ErrorPanel } from "../../../ui/error-panel.tsx";
import { Page } from "../../../ui/page.tsx";
import { useLinkToken } from "./link-token.ts";

const Claim = ({ token, email }: { token: string; email: string }) => {
  const queries = useQueryClient();
  const claim = useMutation({
    mutationFn: () => call(claimFirstAdmin, { body: { setup_token: token } }),
    onSuccess: () =>
      Promise.all(
        [meQuery.queryKey, signInOptionsQuery.queryKey].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  });
  if (claim.isSuccess) {
    return (
      <EmptyState
        title="You are an administrator"
        action={
          <Link to="/admin/users" className={buttonClass("primary")}>
            Go to the people
          </Link>
        }
      >
        You can invite people, change what they may use, and read the audit log.
      </EmptyState>
    );
  }
  return (
    <Card>
      <p>
        <strong>{email}</strong> becomes the first administrator of this installation. The link works once; further
        administrators are named by the first.
      </p>
      {claim.error !== null && (
        <div className="mt-4">
          <ErrorPanel error={describeError(claim.error)} />
        </div>
      )}
      <Button look="primary" className="mt-4" isBusy={claim.isPending} onClick={() => claim.mutate()}>
        Become the administrator
      </Button>
    </Card>
  );
};

/** Opened by the link that the server printed; whoever opens it has signed in by now. */
export const SetupPage = ({ email }: { email: string }) => {
  const token = useLinkToken();
  return (
    <Page title="Set up this installation">
      {token === undefined ? (
        <EmptyState title="This link is incomplete">
          Copy it whole from what the server printed when it started.
        </EmptyState>
      ) : (
        <Claim token={token} email={email} />
      )}
    </Page>
  );
};
