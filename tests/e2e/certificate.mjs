// A certificate that nobody vouches for: the browsers of the tests are told not to look.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** @returns the options of a TLS server. */
export async function makeCertificate() {
  const { stdout } = await promisify(execFile)("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
    "-subj", "/CN=tests", "-keyout", "-", "-out", "-",
  ]);
  return { key: stdout, cert: stdout };
}
