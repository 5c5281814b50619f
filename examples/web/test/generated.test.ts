import assert from "node:assert/strict";
import { after, test, type TestContext } from "node:test";

import * as heyapi from "../.tmp/heyapi/index.ts";
import type { Me, ProblemCode } from "../.tmp/orval/api.ts";
import { createAuth, memoryStore, type Auth } from "../src/auth-fetch.ts";
import { forHeyAPI } from "../src/guide.ts";
import { FakeServer } from "./server.ts";

const url = "https://site.example";
const globals = globalThis as { location?: { href: string; origin: string }; fetch: typeof fetch };
globals.location = { href: `${url}/app/`, origin: url };

// orval's functions call src/mutator.ts, which asks for the origin of the page when it is loaded.
const [orval, mutator] = await Promise.all([import("../.tmp/orval/api.ts"), import("../src/mutator.ts")]);
after(() => mutator.auth.close());

async function signedIn(auth: Auth): Promise<FakeServer> {
  const server = new FakeServer();
  globals.fetch = server.fetch;
  await auth.login({ username: "alice", password: "right" });
  server.expire();
  return server;
}

async function withHeyAPI(t: TestContext): Promise<{ server: FakeServer; auth: Auth }> {
  const auth = createAuth({ delivery: "body", store: memoryStore(), name: `generated-${Math.random()}` });
  t.after(auth.close);
  forHeyAPI(auth);
  return { server: await signedIn(auth), auth };
}

test("hey-api: ten requests after expiry, one refresh; a body is sent again", async (t) => {
  const { server } = await withHeyAPI(t);
  const answers = await Promise.all(Array.from({ length: 10 }, () => heyapi.me()));
  for (const { data, error, response } of answers) {
    assert.equal(response.status, 200);
    assert.equal(error, undefined);
    const me: heyapi.Me | undefined = data;
    assert.notEqual(me, undefined);
  }
  server.expire();
  const { response } = await heyapi.reauthenticate({ body: { password: "right" } });
  assert.equal(response.status, 200, "the body arrives whole");
  assert.equal(server.count("POST /auth/refresh"), 2);
});

test("hey-api: problems are typed, a log-out is no loop", async (t) => {
  const { server, auth } = await withHeyAPI(t);
  await auth.logout();
  const { error, response } = await heyapi.listSessions();
  assert.equal(response.status, 401);
  const code: heyapi.ProblemCode | undefined = error?.code;
  assert.equal(code, "token_revoked");
  assert.equal(server.count("POST /auth/refresh"), 0);
});

test("hey-api: without an answer there is an error and no response, and the session stays", async (t) => {
  const { auth } = await withHeyAPI(t);
  const offline = new TypeError("offline");
  globals.fetch = () => Promise.reject(offline);
  const { error, response } = await heyapi.me();
  assert.equal(error, offline);
  assert.equal(response, undefined);
  assert.notEqual(await auth.session(), null);
});

test("orval: ten requests after expiry, one refresh; a body is sent again", async () => {
  const server = await signedIn(mutator.auth);
  const answers = await Promise.all(Array.from({ length: 10 }, () => orval.me()));
  for (const answer of answers) {
    if (answer.status !== 200) assert.fail(`got ${answer.status}`);
    const me: Me = answer.data;
    assert.notEqual(me, undefined);
  }
  server.expire();
  const { status } = await orval.reauthenticate({ password: "right" });
  assert.equal(status, 200, "the body arrives whole");
  assert.equal(server.count("POST /auth/refresh"), 2);
  assert.equal((await orval.logoutAll()).status, 204, "an answer without a body is no JSON");
});

test("orval: problems are typed by their status, a log-out is no loop", async () => {
  const server = await signedIn(mutator.auth);
  await mutator.auth.logout();
  const answer = await orval.listSessions();
  if (answer.status !== 401) assert.fail(`got ${answer.status}`);
  const code: ProblemCode = answer.data.code;
  assert.equal(code, "token_revoked");
  assert.equal(server.count("POST /auth/refresh"), 0);
});
