// The examples of the specifications, verified: RFC 7515, appendices A.2 and A.3, and RFC 8037, appendix A.4.

const RSA = { kty: "RSA", e: "AQAB", n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" };
const EC = { kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" };
const OKP = { kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" };

const CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const EXAMPLES = {
  RS256: `eyJhbGciOiJSUzI1NiJ9.${CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  ES256: `eyJhbGciOiJFUzI1NiJ9.${CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  EdDSA: "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
};

/**
 * Source text of an expression that needs `verifyJws` and `AuthError`: what is said of each example, all at once, and of one
 * with another character in its signature.
 */
export const verifyExamples = `(async () => {
  const keys = ${JSON.stringify({ keys: [RSA, EC, OKP] })};
  const said = (algorithm, token) => verifyJws(token, keys, { algorithms: [algorithm] }).then(
    ({ header, payload }) => [header.alg, new TextDecoder().decode(payload).slice(0, 12)],
    (error) => [error instanceof AuthError, error.name, error.code, error.phase, error.retryable],
  );
  const examples = ${JSON.stringify(EXAMPLES)};
  return Promise.all([
    ...Object.entries(examples).map(([algorithm, token]) => said(algorithm, token)),
    said("RS256", examples.RS256.replace(".cC4h", ".dC4h")),
  ]);
})()`;

/** What it gives where the entry works. */
export const verifiedExamples = [
  ["RS256", '{"iss":"joe"'],
  ["ES256", '{"iss":"joe"'],
  ["EdDSA", "Example of E"],
  [true, "ProtocolError", "jws_signature_invalid", "verify", false],
];

/** Source text of a module for a page with `<output id="result">`. */
export const verifyInPage = `
import { AuthError, verifyJws } from "tokenward/edge";
const said = await ${verifyExamples};
document.getElementById("result").textContent = JSON.stringify({ said });
`;
