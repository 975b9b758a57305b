import { startGoogleSignIn, type ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { call } from "../../../api/call.ts";
import { awaitReturn } from "../../../api/external-return.ts";
import { safeReturnPath } from "../../../api/return-path.ts";
import { renewSession } from "../../../api/session.ts";
import { externalSignInChannel, messageFrom } from "./external-message.ts";

const popupFeatures = "popup,width=480,height=680";

/** Only web addresses: a `javascript:` address would run as this very page. */
const webAddress = (url: string): string => {
  if (!["https:", "http:"].includes(new URL(url).protocol))
    throw new Error("The provider's address is no web address.");
  return url;
};

const redirect = async (): Promise<void> => {
  const query = { mode: "redirect", return_to: safeReturnPath(location.pathname) } as const;
  const { auth_url } = await call(startGoogleSignIn, { query });
  awaitReturn();
  location.assign(webAddress(auth_url));
};

/** Hears the popup by both ways until one of them has told the outcome. */
const hear = (popup: Window, onMessage: (message: ExternalSignInMessage) => void): (() => void) => {
  const channel = new BroadcastChannel(externalSignInChannel);
  const finish = (): void => {
    globalThis.removeEventListener("message", hearWindow);
    channel.close();
  };
  const take = (message: ExternalSignInMessage | undefined): void => {
    if (message === undefined) return;
    finish();
    onMessage(message);
  };
  const hearWindow = (event: MessageEvent): void =>
    take(messageFrom(event, { origin: location.origin, source: popup }));
  globalThis.addEventListener("message", hearWindow);
  // Only pages of this origin can speak on the channel, and they speak as nobody's window.
  channel.addEventListener("message", (event) => take(messageFrom(event, { origin: location.origin, source: null })));
  return finish;
};

/**
 * Signs in at the provider in a popup, or in this window where popups are blocked. `onSignedIn` runs when the cookies
 * of the new session are taken up; every other outcome is `message`.
 */
export const useExternalSignIn = (onSignedIn: (() => void) | undefined) => {
  const [message, setMessage] = useState<ExternalSignInMessage>();
  const stopHearing = useRef<() => void>(undefined);
  useEffect(() => () => stopHearing.current?.(), []);
  const conclude = async (heard: ExternalSignInMessage): Promise<void> => {
    setMessage(heard);
    if (heard.outcome === "signed_in" && (await renewSession(undefined))) onSignedIn?.();
  };
  const start = useMutation({
    mutationFn: async (popup: Window | null) => {
      if (popup === null) return redirect();
      stopHearing.current?.();
      stopHearing.current = hear(popup, (heard) => void conclude(heard));
      try {
        const { auth_url } = await call(startGoogleSignIn, { query: { mode: "popup" } });
        popup.location.replace(webAddress(auth_url));
      } catch (error) {
        popup.close();
        throw error;
      }
    },
  });
  return {
    message,
    error: start.error,
    isBusy: start.isPending,
    forget: () => setMessage(undefined),
    start: () => {
      setMessage(undefined);
      // Opened within the click, before anything is awaited: later it would count as unasked for.
      start.mutate(globalThis.open("about:blank", "llm-tuner-sign-in", popupFeatures));
    },
  };
};
