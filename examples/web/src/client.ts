import createClient, { type Client } from "openapi-fetch";

import type { Auth } from "./auth-fetch.ts";
import type { paths } from "./schema.d.ts";

/** A typed client of the document, whose requests carry the session of auth. */
export function createAPI(auth: Auth, baseUrl: string): Client<paths> {
  return createClient<paths>({ baseUrl, fetch: auth.fetch });
}
