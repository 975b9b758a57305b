import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { buttonClass } from "../../../ui/button.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { AuthFrame } from "../auth-frame.tsx";

export const BackToStart = ({ children = "Go to signing in" }: { children?: ReactNode }) => (
  <Link to="/" className={buttonClass("secondary")}>
    {children}
  </Link>
);

export const IncompleteLink = ({ title }: { title: string }) => (
  <AuthFrame title={title}>
    <Notice tone="warning">
      This link is incomplete. Copy it whole from the mail; some programs break long lines in two.
    </Notice>
    <BackToStart />
  </AuthFrame>
);
