import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";

export interface FakeSecretsManager {
  url: string;
  /** What was asked for, in order, with the access key that signed. */
  asked: { secretId: string; accessKeyId: string | undefined }[];
  /** Answers to the next requests, one each; when there are none left, the stored secrets answer. */
  next: ((response: ServerResponse) => void)[];
  stop(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
};

export const refusal =
  (type: string, status = 400) =>
  (response: ServerResponse): void =>
    answer(response, status, { __type: type, Message: "value=hunter2" });

/** Speaks AWS Secrets Manager's protocol (x-amz-json-1.1, GetSecretValue) over HTTP. */
export async function startFakeSecretsManager(secrets: Readonly<Record<string, string>>): Promise<FakeSecretsManager> {
  const asked: FakeSecretsManager["asked"] = [];
  const next: FakeSecretsManager["next"] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (request.headers["x-amz-target"] !== "secretsmanager.GetSecretValue") {
        return refusal("UnknownOperationException")(response);
      }
      const secretId = typeof body === "object" && body !== null && "SecretId" in body ? String(body.SecretId) : "";
      const credential = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "");
      asked.push({ secretId, accessKeyId: credential?.[1] });
      const prepared = next.shift();
      if (prepared !== undefined) return prepared(response);
      const value = secrets[secretId];
      if (value === undefined) return refusal("ResourceNotFoundException")(response);
      return answer(response, 200, { ARN: `arn:aws:secretsmanager:${secretId}`, Name: secretId, SecretString: value });
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    asked,
    next,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
