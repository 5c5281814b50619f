import assert from "node:assert/strict";
import { test } from "node:test";

import ky from "ky";

import { createAuth, memoryStore, type Auth } from "../src/auth-fetch.ts";
import { createAPI } from "../src/client.ts";
import type { components } from "../src/schema.d.ts";
import { FakeServer } from "./server.ts";

const url = "https://api.example";

async function signedIn(run: (server: FakeServer, auth: Auth) => Promise<void>): Promise<void> {
  const server = new FakeServer();
  const auth = createAuth({ delivery: "body", baseURL: url, fetch: server.fetch, store: memoryStore(), name: `clients-${Math.random()}` });
  try {
    await auth.login({ username: "alice", password: "right" });
    server.expire();
    await run(server, auth);
  } finally {
    auth.close();
  }
}

test("openapi-fetch: ten requests after expiry, one refresh, typed answers", () =>
  signedIn(async (server, auth) => {
    const api = createAPI(auth, url);
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.GET("/auth/me")));
    for (const { data, error, response } of answers) {
      assert.equal(response.status, 200);
      assert.equal(error, undefined);
      assert.notEqual(data, undefined);
    }
    server.expire();
    const { response } = await api.POST("/auth/reauthenticate", { body: { password: "right" } });
    assert.equal(response.status, 200, "the body arrives whole");
    assert.equal(server.count("POST /auth/refresh"), 2);
  }));

test("openapi-fetch: problems are typed, a log-out is no loop", () =>
  signedIn(async (server, auth) => {
    const api = createAPI(auth, url);
    await auth.logout();
    const { error, response } = await api.GET("/auth/sessions");
    assert.equal(response.status, 401);
    const code: components["schemas"]["ProblemCode"] | undefined = error?.code;
    assert.equal(code, "token_revoked");
    assert.equal(server.count("POST /auth/refresh"), 0);
  }));

test("ky: ten requests after expiry, one refresh; a body is sent again", () =>
  signedIn(async (server, auth) => {
    const api = ky.create({ prefixUrl: url, fetch: auth.fetch });
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.get("notes").json<{ path: string }>()));
    assert.deepEqual(answers.map((answer) => answer.path), Array(10).fill("/notes"));
    server.expire();
    await api.post("notes", { json: { text: "milk" } });
    assert.deepEqual(server.notes, ['{"text":"milk"}']);
    assert.equal(server.count("POST /auth/refresh"), 2);
  }));

// What auth-fetch.ts reads of an answer is what the document promises: this compiles, or it does not.
type Schemas = components["schemas"];
type Read = "session_id" | "scope" | "expires_in";
(_: Schemas["TokenPair"]): Pick<Schemas["TokenPair"], Read | "access_token" | "refresh_token"> => _;
(_: Schemas["CookieSession"]): Pick<Schemas["CookieSession"], Read | "csrf_token" | "refresh_csrf_token"> => _;
