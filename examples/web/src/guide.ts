// The code of docs/frontend.md. test/guide.test.ts and test/generated.test.ts run it.

import ky, { type KyInstance } from "ky";
import createClient, { type Client } from "openapi-fetch";

import { client } from "../.tmp/heyapi/client.gen.ts"; // npm run clients
import { AuthError, createAuth, type Auth, type Session } from "./auth-fetch.ts";
import type { paths } from "./schema.d.ts";

/** Pages and API share an origin: the browser keeps the tokens. */
export function forPages(): { auth: Auth; api: Client<paths> } {
  const auth = createAuth({ delivery: "cookie" });
  const api = createClient<paths>({ baseUrl: location.origin, fetch: auth.fetch });
  return { auth, api };
}

/** All functions that hey-api generates share one client. */
export function forHeyAPI(auth: Auth): void {
  client.setConfig({ baseUrl: location.origin, fetch: auth.fetch });
}

/** The API is elsewhere: the page keeps the tokens. */
export function forAnAPIElsewhere(): { auth: Auth; notes: KyInstance } {
  const auth = createAuth({
    delivery: "body",
    baseURL: "https://auth.example.com",
    origins: ["https://notes.example.com"], // nobody else sees the access token
  });
  const notes = ky.create({ prefixUrl: "https://notes.example.com", fetch: auth.fetch });
  return { auth, notes };
}

/** Returns what to tell the user, or "" if he is in. */
export async function login(auth: Auth, username: string, password: string): Promise<string> {
  try {
    await auth.login({ username, password, label: "Notes in the browser" });
    return "";
  } catch (error) {
    if (!(error instanceof AuthError)) return "No connection.";
    switch (error.code) {
      case "invalid_credentials":
        return "The user name or the password is wrong.";
      case "too_many_attempts":
        return `Too many attempts. Try again in ${error.retryAfter ?? 60} seconds.`;
      default:
        return error.message;
    }
  }
}

/** Every tab hears of it when one of them signs in or out. */
export async function followTheSession(auth: Auth, show: (session: Session | null) => void): Promise<void> {
  show(await auth.session()); // asks no server
  auth.onChange(show);
}

/** Reads the code of an error, never its text. */
export async function whoAmI(api: Client<paths>): Promise<string> {
  const { data, error, response } = await api.GET("/auth/me");
  if (data) return data.sub;
  if (response.status === 401) return "nobody"; // the refresh was refused as well, and onChange has told
  if (error.code === "store_unavailable") return `ask again in ${response.headers.get("Retry-After")} seconds`;
  throw new Error(error.detail ?? error.title);
}

/** Some operations want a password that was given just now. */
export async function deleteEverything(auth: Auth, askForPassword: () => Promise<string>): Promise<Response> {
  const send = () => auth.fetch("/everything", { method: "DELETE" });
  const response = await send();
  if (response.status !== 401) return response;
  const { code } = (await response.json()) as { code?: string };
  if (code !== "fresh_token_required") return response;
  await auth.reauthenticate(await askForPassword());
  return send();
}
