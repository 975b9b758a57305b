import { Navigate } from "@tanstack/react-router";
import { SignIn } from "./sign-in.tsx";

/** An address of its own for signing in, for links that come from a mail; goes on to `returnTo`, which was checked. */
export const SignInPage = ({ isSignedIn, returnTo }: { isSignedIn: boolean; returnTo: string }) =>
  isSignedIn ? <Navigate to={returnTo} replace /> : <SignIn />;
