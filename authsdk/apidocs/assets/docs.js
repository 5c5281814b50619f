// Shows the document that the page names, signs in with the answers that pass by, and talks to no other host.
"use strict";

const address = new URL(document.querySelector('meta[name="openapi"]').content, location.href);

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();

/** The value of a readable CSRF cookie. Of several the first by prefix: other hosts can plant all but __Host-. */
function csrfCookie(type) {
  return ["__Host-", "__Secure-", ""]
    .map((prefix) => document.cookie.match(new RegExp(`(?:^|;\\s*)${prefix}${type}_token_csrf=([^;]+)`))?.[1])
    .find(Boolean);
}

function say(text) {
  document.querySelector("#signed").textContent = text;
  document.querySelector("#hint").hidden = text !== "";
}

/** Takes tokens out of an answer; the schemes of the document decide which requests carry them. */
function signIn(ui, answer) {
  const schemes = ui.specSelectors.specJson().toJS().components?.securitySchemes ?? {};
  for (const [scheme, member] of [["accessToken", "access_token"], ["refreshToken", "refresh_token"]]) {
    if (schemes[scheme] && answer[member]) ui.preauthorizeApiKey(scheme, answer[member]);
  }
  if (answer.access_token) say("Signed in. Requests carry the tokens of the last answer.");
  else if (answer.csrf_token) say("Signed in. Your browser holds the tokens in cookies; requests repeat their CSRF value.");
}

async function start() {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname}: ${response.status} ${response.statusText}`);
  const spec = await response.json();
  spec.servers = [{ url: new URL(".", address).href.replace(/\/$/, ""), description: "This server" }];

  const ui = SwaggerUIBundle({
    spec,
    dom_id: "#docs",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null, // which would be told of every document
    requestInterceptor(request) {
      const changes = !["GET", "HEAD", "OPTIONS"].includes((request.method ?? "GET").toUpperCase());
      if (changes && !request.headers.Authorization && !request.headers["X-CSRF-Token"]) {
        const csrf = csrfCookie(request.url.endsWith("/auth/refresh") ? "refresh" : "access");
        if (csrf) request.headers["X-CSRF-Token"] = csrf;
      }
      return request;
    },
    responseInterceptor(response) {
      if (response.ok && (response.body?.access_token || response.body?.csrf_token)) signIn(ui, response.body);
      if (response.status === 204 && /\/auth\/logout(-all)?$/.test(response.url)) {
        ui.authActions.logout(["accessToken", "refreshToken"]);
        say("");
      }
      return response;
    },
  });
}

start().catch((error) => {
  document.querySelector("#docs").textContent = `The document cannot be shown: ${error.message}`;
});
