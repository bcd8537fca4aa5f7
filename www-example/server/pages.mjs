import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const STYLE = `${read("../src/theme.css")}\n${read("./pages.css")}`;

/** Asks for a name; the same click consents. */
export function loginPage(ctx, { uid, name, complaint, appOrigin }) {
  const described = complaint ? "complaint hint" : "hint";
  show(ctx, {
    title: "Sign in",
    // Browsers apply form-action to the redirects after the form too, and the last one goes to the app.
    formTargets: appOrigin,
    body: `
      <h1>Sign in</h1>
      <p>to continue to <strong>tokenward demo</strong></p>
      <form method="post" action="/interaction/${text(uid)}">
        <label for="login">Name</label>
        <input class="field" id="login" name="login" value="${text(name)}" autocomplete="username" autocapitalize="none"
          spellcheck="false" aria-describedby="${described}"${complaint ? ' aria-invalid="true"' : ""} autofocus>
        ${complaint ? `<p class="complaint" id="complaint" role="alert">${text(complaint)}</p>` : ""}
        <p class="hint" id="hint">Any name will do. There is no password: this provider runs on this computer and
          forgets everything when it stops.</p>
        <button class="button button-main" id="ok" name="ok" value="1">Sign in and allow</button>
        <button class="button" id="deny" name="deny" value="1">Cancel</button>
      </form>
      <div class="facts"><p>The app will learn your name and e-mail address, and may call the demo API for you.</p></div>`,
  });
}

/** Ends the session at once; the button is for browsers without scripts. */
export function signingOutPage(ctx, { form, appOrigin }) {
  show(ctx, {
    title: "Signing out",
    formTargets: appOrigin,
    body: `
      <h1>Signing out…</h1>
      <p>Ending the session at the provider.</p>
      ${form}
      <noscript><button class="button button-main" form="op.logoutForm" name="logout" value="yes">Sign out</button></noscript>`,
    script: `
      const form = document.getElementById("op.logoutForm");
      const answer = document.createElement("input");
      answer.type = "hidden";
      answer.name = "logout";
      answer.value = "yes";
      form.append(answer);
      form.submit();`,
  });
}

/** Where a sign-out ends that names no page to go back to. */
export function signedOutPage(ctx) {
  show(ctx, {
    title: "Signed out",
    body: "<h1>Signed out</h1><p>The session at the demo provider has ended. You can close this page.</p>",
  });
}

/** A request the provider cannot send back to any app. */
export function errorPage(ctx, { code, description }) {
  show(ctx, {
    title: "This did not work",
    body: `
      <h1>This did not work</h1>
      <p>${text(description ?? "The provider could not answer this request.")}</p>
      <div class="facts"><p>Code: <code>${text(code)}</code></p><p>Go back to the app and start again from there.</p></div>`,
  });
}

function show(ctx, { title, body, script = "", formTargets = "" }) {
  const nonce = randomBytes(16).toString("base64");
  ctx.set("cache-control", "no-store");
  ctx.set("referrer-policy", "no-referrer");
  ctx.set("x-content-type-options", "nosniff");
  ctx.set("content-security-policy", [
    "default-src 'none'", "img-src data:", `style-src 'nonce-${nonce}'`, `script-src 'nonce-${nonce}'`,
    `form-action 'self' ${formTargets}`.trim(), "base-uri 'none'", "frame-ancestors 'none'",
  ].join("; "));
  ctx.type = "html";
  ctx.body = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · demo provider</title>
    <link rel="icon" href="data:,">
    <style nonce="${nonce}">${STYLE}</style>
  </head>
  <body>
    <main>
      <p class="place">tokenward demo provider</p>
      ${body}
    </main>
    ${script && `<script nonce="${nonce}">${script}</script>`}
  </body>
</html>
`;
}

function text(value) {
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
