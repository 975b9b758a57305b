import type { ExternalSignInMessage } from "@llm-tuner/contract/external-sign-in.ts";

/** JSON that stands in a page's data block: nothing in it can end the block or begin a comment. */
const embeddable = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });

const popupScriptPath = "/api/auth/google/popup.js";

/** What a popup ends on. It holds no token: the session is in cookies by then. */
export const callbackPage = (message: ExternalSignInMessage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Sign-in</title>
</head>
<body>
<p>You can close this window.</p>
<p><a href="/">Go on to LLM Tuner</a></p>
<script type="application/json" id="external-sign-in">${embeddable(message)}</script>
<script src="${popupScriptPath}"></script>
</body>
</html>
`;

/**
 * Tells the page that opened the popup, and only pages of this very origin. Some providers cut the popup off from its
 * opener (Cross-Origin-Opener-Policy); the channel reaches it then.
 */
export const popupScript = `"use strict";
(() => {
  const message = JSON.parse(document.getElementById("external-sign-in").textContent);
  if (window.opener !== null) window.opener.postMessage(message, window.location.origin);
  const channel = new BroadcastChannel("llm-tuner.external-sign-in");
  channel.postMessage(message);
  channel.close();
  window.close();
})();
`;
