import { logout } from "@llm-tuner/contract/accounts.ts";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { clsx } from "clsx";
import {
  Box,
  ChartColumn,
  CircleUserRound,
  FileText,
  KeyRound,
  LogOut,
  MessagesSquare,
  Settings,
  ShieldCheck,
  SlidersHorizontal,
} from "lucide-react";
import { Suspense, lazy } from "react";
import { CallError, call } from "../api/call.ts";
import { meQuery } from "../api/queries.ts";
import { forgetSession } from "../api/session.ts";
import { Reauthentication } from "../features/accounts/reauthentication.tsx";
import { SignIn } from "../features/accounts/sign-in/sign-in.tsx";
import { Button } from "../ui/button.tsx";
import { Menu } from "../ui/menu.tsx";
import { showError } from "../ui/toasts.tsx";
import { ThemeButton } from "./theme.tsx";
import { useSession } from "./use-session.ts";

/** Not needed to show a page: it comes after it. */
const RunningJobs = lazy(async () => ({
  default: (await import("../features/documents/running-jobs.tsx")).RunningJobs,
}));

/** Behind the account's button as well, where a phone has it alone: its bar holds no more than the others. */
const settingsPath = "/settings" as const;

const sections = [
  { to: "/documents", word: "Documents", icon: FileText },
  { to: "/tuning", word: "Tuning", icon: SlidersHorizontal },
  { to: "/models", word: "Models", icon: Box },
  { to: "/playground", word: "Playground", icon: MessagesSquare },
  { to: "/usage", word: "Usage", icon: ChartColumn },
  { to: "/keys", word: "Keys", icon: KeyRound },
  { to: settingsPath, word: "Settings", icon: Settings },
] as const;
const adminSection = { to: "/admin", word: "Admin", icon: ShieldCheck } as const;

const Navigation = () => {
  const { data: person } = useQuery(meQuery);
  return (
    <nav
      aria-label="Sections"
      className="order-last flex shrink-0 justify-around overflow-x-auto border-t border-line bg-raised py-1 sm:order-first sm:w-48 sm:flex-col sm:justify-start sm:gap-1 sm:border-t-0 sm:border-r sm:p-3"
    >
      <Link to="/tuning" className="mb-2 hidden px-3 py-2 font-semibold sm:block">
        LLM Tuner
      </Link>
      {[...sections, ...(person?.role === "admin" ? [adminSection] : [])].map(({ to, word, icon: Icon }) => (
        <Link
          key={to}
          to={to}
          className={clsx(
            "flex-auto flex-col items-center gap-1 rounded-md px-0.5 py-1.5 text-xs sm:flex sm:flex-none sm:flex-row sm:gap-2 sm:px-3 sm:py-2 sm:text-sm",
            to === settingsPath ? "hidden" : "flex",
          )}
          activeProps={{ className: "bg-accent-soft text-accent-text font-medium", "aria-current": "page" }}
          inactiveProps={{ className: "text-soft hover:bg-hover" }}
        >
          <Icon aria-hidden size={16} />
          {word}
        </Link>
      ))}
    </nav>
  );
};

const AccountMenu = ({ email }: { email: string }) => {
  const navigate = useNavigate();
  const signOut = async (): Promise<void> => {
    try {
      await call(logout, {});
    } catch (error) {
      // The cookies can be taken back by the platform only: somebody who believes to be signed out must be so.
      if (!(error instanceof CallError) || error.status === 0 || error.status >= 500) {
        showError("You are still signed in: the platform could not end the session.", ["Try again in a moment."]);
        return;
      }
    }
    forgetSession();
  };
  return (
    <Menu
      heading={email}
      trigger={
        <Button look="quiet" aria-label="Account">
          <CircleUserRound aria-hidden size={16} />
          <span className="hidden max-w-60 truncate sm:inline">{email}</span>
        </Button>
      }
      acts={[
        {
          word: "Settings",
          icon: <Settings aria-hidden size={16} />,
          onSelect: () => void navigate({ to: "/settings/profile" }),
        },
        { word: "Sign out", icon: <LogOut aria-hidden size={16} />, onSelect: () => void signOut() },
      ]}
    />
  );
};

/** The frame around every page; without a session it is the sign-in form, at the same address. */
export const Shell = () => {
  const session = useSession();
  if (session === undefined) return <SignIn />;
  return (
    <div className="flex h-dvh flex-col sm:flex-row">
      <Navigation />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden">
        <header className="flex h-12 shrink-0 items-center gap-1 border-b border-line bg-raised px-3">
          <span className="mr-auto font-semibold sm:invisible">LLM Tuner</span>
          <Suspense>
            <RunningJobs />
          </Suspense>
          <AccountMenu email={session.email} />
          <ThemeButton />
        </header>
        <main className="min-h-0 flex-1 overflow-y-auto">
          <Outlet />
        </main>
      </div>
      <Reauthentication />
    </div>
  );
};
