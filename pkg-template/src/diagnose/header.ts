// An Authorization header that an app wrote itself: what is wrong with it, without what is in it.

export const flawOf = (header: string): string | undefined => {
  const [scheme = "", ...rest] = header.split(" ");
  const token = rest.join(" ");
  if (header === "") return "it is empty";
  if (/\b(undefined|null|NaN)\b|\[object/.test(header)) return "it has the name of a missing value in it, such as undefined, in place of a token";
  if (/^(Basic|DPoP)$/i.test(scheme) && token) return undefined;
  if (!/^Bearer$/i.test(scheme)) return rest.length > 0 ? "its first word is not Bearer" : "it is one word, without Bearer before it";
  if (token === "") return "there is no token after Bearer";
  if (/^Bearer\b/i.test(token)) return "Bearer is in it twice";
  if (/^["'<{]/.test(token)) return "the token is in quotes or brackets";
  return /^[\w~+/.-]+=*$/.test(token) ? undefined : "the token has a character in it that no token has, such as a space";
};
