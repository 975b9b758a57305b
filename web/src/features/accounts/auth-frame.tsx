import type { ReactNode } from "react";

/** The page of somebody who is not signed in: one thing in the middle. */
export const AuthFrame = ({
  title,
  subtitle,
  children,
}: {
  title: string;
  subtitle?: ReactNode;
  children?: ReactNode;
}) => (
  <main className="grid min-h-dvh place-items-center p-4">
    <div className="flex w-full max-w-sm flex-col gap-4 rounded-lg border border-line bg-raised p-6 shadow-card">
      <header>
        <h1>{title}</h1>
        {subtitle !== undefined && <p className="mt-1 text-soft">{subtitle}</p>}
      </header>
      {children}
    </div>
  </main>
);
