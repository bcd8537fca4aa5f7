// An app as small as one can be, on every page of it: it makes its Auth from the options that the test left, and signs in
// when its button is pressed. Before that, `harness.parameters` say how.
import "/harness.js";

harness.parameters = { mode: "popup" };
harness.signIn = () => {
  harness.signingIn = harness.outcome(() => harness.auth.signIn(harness.parameters));
};
document.querySelector("button").onclick = harness.signIn;

const options = localStorage.getItem("options");
if (options) harness.started = harness.start(JSON.parse(options));
