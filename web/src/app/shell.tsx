import { logout } from "@llm-tuner/contract/accounts.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet } from "@tanstack/react-router";
import { Box, KeyRound, LogOut, SlidersHorizontal } from "lucide-react";
import { call } from "../api/call.ts";
import { forgetSession } from "../api/session.ts";
import { SignIn } from "../features/accounts/sign-in.tsx";
import { Button } from "../ui/button.tsx";
import { ThemeButton } from "./theme.tsx";
import { useSession } from "./use-session.ts";

const sections = [
  { to: "/tuning", word: "Tuning", icon: SlidersHorizontal },
  { to: "/models", word: "Models", icon: Box },
  { to: "/keys", word: "Keys", icon: KeyRound },
] as const;

const Navigation = () => (
  <nav
    aria-label="Sections"
    className="order-last flex shrink-0 justify-around border-t border-line bg-raised p-2 sm:order-first sm:w-48 sm:flex-col sm:justify-start sm:gap-1 sm:border-t-0 sm:border-r sm:p-3"
  >
    <Link to="/tuning" className="mb-2 hidden px-3 py-2 font-semibold sm:block">
      LLM Tuner
    </Link>
    {sections.map(({ to, word, icon: Icon }) => (
      <Link
        key={to}
        to={to}
        className="flex items-center gap-2 rounded-md px-3 py-2 text-soft hover:bg-hover"
        activeProps={{ className: "bg-accent-soft text-accent-text font-medium", "aria-current": "page" }}
      >
        <Icon aria-hidden size={16} />
        {word}
      </Link>
    ))}
  </nav>
);

/** The frame around every page; without a session it is the sign-in form, at the same address. */
export const Shell = () => {
  const session = useSession();
  const queries = useQueryClient();
  if (session === undefined) return <SignIn />;
  const signOut = async (): Promise<void> => {
    // The session ends on this browser even when the platform cannot be told.
    await call(logout, {}).catch(() => undefined);
    forgetSession();
    queries.clear();
  };
  return (
    <div className="flex h-dvh flex-col sm:flex-row">
      <Navigation />
      <div className="flex min-w-0 flex-1 flex-col overflow-hidden">
        <header className="flex h-12 shrink-0 items-center justify-end gap-1 border-b border-line bg-raised px-3">
          <span className="mr-2 truncate text-faint">{session.email}</span>
          <ThemeButton />
          <Button look="quiet" aria-label="Sign out" onClick={() => void signOut()}>
            <LogOut size={16} />
          </Button>
        </header>
        <main className="min-h-0 flex-1 overflow-y-auto">
          <Outlet />
        </main>
      </div>
    </div>
  );
};
