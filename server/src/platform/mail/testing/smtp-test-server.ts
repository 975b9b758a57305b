import { once } from "node:events";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface SmtpTestServer {
  port: number;
  /** Raw messages in the order in which they came. */
  received: string[];
  /** Of the envelopes, in the same order. */
  recipients: string[][];
  close(): Promise<void>;
}

/** A real mail server on this machine that keeps what it is given; `options` make it refuse, ask for TLS or for a password. */
export async function startSmtpTestServer(options: SMTPServerOptions = {}): Promise<SmtpTestServer> {
  const received: string[] = [];
  const recipients: string[][] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    closeTimeout: 100,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        received.push(Buffer.concat(chunks).toString());
        recipients.push(envelope.rcptTo.map(({ address }) => address));
        done();
      });
    },
    ...options,
  });
  // A client that goes away in the middle of something is part of the tests.
  server.on("error", () => undefined);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address();
  if (typeof address !== "object" || address === null) throw new Error("the mail server has no port");
  return {
    port: address.port,
    received,
    recipients,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
      }),
  };
}
