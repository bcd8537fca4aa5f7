// What a person would do at the oidc-provider, done unasked: sign in as the `login_hint` says, agree, and sign out.
import { interactionPolicy } from "oidc-provider";

/** Signs in as the `login_hint`, or as alice; the hint `deny` says no, and `ask` shows a page first, `ask-coop` an isolated one. */
export async function interact(provider, ctx) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(ctx.req, ctx.res);
  const hint = params.login_hint ?? "alice";
  if (prompt.name === "login" && hint.startsWith("ask") && !("go" in ctx.query)) return ask(ctx, hint);
  // The provider writes the redirect to the raw response.
  ctx.respond = false;
  const finish = (result) => provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
  if (hint === "deny") return finish({ error: "access_denied", error_description: "The user said no" });
  if (prompt.name === "login") return finish({ login: { accountId: hint, acr: wantedAcr(params) ?? "bronze", amr: ["pwd"] } });
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  await agreeTo(prompt.details, grant);
  return finish({ consent: { grantId: await grant.save() } });
}

function ask(ctx, hint) {
  if (hint === "ask-coop") ctx.set("cross-origin-opener-policy", "same-origin");
  ctx.body = '<!doctype html><html lang="en"><title>provider</title><a id="go" href="?go">Sign in</a>';
}

function agreeTo({ missingOIDCScope = [], missingOIDCClaims = [], missingResourceScopes = {}, rar = [] }, grant) {
  grant.addOIDCScope(missingOIDCScope.join(" "));
  grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes)) grant.addResourceScope(resource, scopes.join(" "));
  for (const detail of rar) grant.addRar(detail);
}

const wantedAcr = ({ acr_values: values }) => values?.split(" ")[0];

/** The provider's own policy, which treats `acr_values` as a wish, made to treat it as a demand (RFC 9470, section 5). */
export function policy() {
  const { Check, base } = interactionPolicy;
  const prompts = base();
  prompts.get("login").checks.add(new Check("acr_wanted", "another authentication is wanted", ({ oidc }) => {
    const wanted = wantedAcr(oidc.params);
    return wanted && oidc.session.acr !== wanted ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  }));
  return prompts;
}

/** Answers the question whether to sign out. */
export async function logoutPage(ctx, form) {
  ctx.body = `<!doctype html><title>signing out</title>${form}<script>
    const form = document.getElementById("op.logoutForm");
    form.append(Object.assign(document.createElement("input"), { name: "logout", value: "yes", type: "hidden" }));
    form.submit();
  </script>`;
}
