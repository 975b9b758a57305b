import { setTimeout as delay } from "node:timers/promises";
import type { GetSecretValueResponse, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { EnvironmentText } from "./read-settings.ts";
import { StartupError } from "./startup-error.ts";

interface ReadAwsSecret {
  secretId: string;
  /** Region, address and keys are taken from it where it has them; otherwise AWS's own chain finds them. */
  environment: EnvironmentText;
  /** For everything: finding credentials, asking, and asking again. */
  timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;

const SettingsObject = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

/** What the service's errors mean for the person who starts the server; their messages may name more than they should. */
const reasons: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "there is no such secret in this region",
  AccessDeniedException: "these credentials may not read it",
  UnrecognizedClientException: "AWS does not know these credentials",
  InvalidSignatureException: "AWS does not accept these credentials",
  ExpiredTokenException: "these credentials have expired",
  CredentialsProviderError: "no AWS credentials were found",
  ThrottlingException: "AWS refuses because of too many requests",
  DecryptionFailure: "the key that protects it cannot be used",
  InvalidRequestException: "it is marked for deletion",
};

const unusable = (secretId: string, reason: string, cause?: unknown): StartupError =>
  new StartupError({
    message: `The secret "${secretId}" of AWS Secrets Manager cannot be used: ${reason}.`,
    remedy:
      "Check AWS_SECRETS_MANAGER_SECRET_ID, AWS_REGION and the credentials (secretsmanager:GetSecretValue); its value has to be a JSON object of settings by name.",
    cause,
  });

function clientConfig(environment: EnvironmentText): SecretsManagerClientConfig {
  const region = environment["AWS_REGION"];
  const endpoint = environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] ?? environment["AWS_ENDPOINT_URL"];
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"];
  const sessionToken = environment["AWS_SESSION_TOKEN"];
  const session = sessionToken === undefined ? {} : { sessionToken };
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...session } }),
  };
}

async function fetchSecret({ secretId, environment, timeoutMs = defaultTimeoutMs }: ReadAwsSecret) {
  // Loaded only where it is used: it costs half a second of every start.
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  const client = new SecretsManagerClient(clientConfig(environment));
  const giveUp = new AbortController();
  // The client's own limits are for each try, and none is for finding credentials.
  const late = delay(timeoutMs, undefined, { signal: giveUp.signal }).then((): GetSecretValueResponse => {
    giveUp.abort();
    throw unusable(secretId, `AWS does not answer within ${timeoutMs / 1000} seconds`);
  });
  const asked = client.send(new GetSecretValueCommand({ SecretId: secretId }), { abortSignal: giveUp.signal });
  try {
    return await Promise.race([asked, late]);
  } finally {
    giveUp.abort();
    // Whichever of the two came later is of no interest any more.
    await Promise.allSettled([late]);
    asked.catch(() => undefined);
    client.destroy();
  }
}

function parseSettings(secretId: string, text: string): EnvironmentText {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // Without the cause: a parser's message quotes what it has read.
    throw unusable(secretId, "its value is not JSON");
  }
  const settings = SettingsObject.safeParse(parsed);
  if (!settings.success) throw unusable(secretId, "its value is not a JSON object of texts by name");
  return settings.data;
}

/** Reads settings from a secret of AWS Secrets Manager. Throws a `StartupError`, which never holds the value. */
export async function readAwsSecret(options: ReadAwsSecret): Promise<EnvironmentText> {
  const { secretId } = options;
  let answer: GetSecretValueResponse;
  try {
    answer = await fetchSecret(options);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const name = error instanceof Error ? error.name : "";
    const code = error instanceof Error && "code" in error ? String(error.code) : name;
    throw unusable(secretId, reasons[name] ?? `AWS cannot be asked (${code})`, error);
  }
  if (answer.SecretString === undefined) throw unusable(secretId, "its value is not text");
  return parseSettings(secretId, answer.SecretString);
}
