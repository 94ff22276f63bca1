/**
 * A certificate for `localhost` and 127.0.0.1 that signs itself, for tests only. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj /CN=localhost
 * -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export function certificate(): { readonly cert: string; readonly key: string } {
  return { cert: CERT, key: KEY };
}

const CERT = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUKHj6oZSaysZyOErXWrHeFxpgZRYwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDAyNTIzMFoYDzIxMjYxMDMx
MDI1MjMwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASywVjZx2e2jAL8WIRhSVrqEB1zWD6G66+bGkS9Rzxf4f2PRBJUqueJ
6OmgslCziiSd/bZU/7VBL7rMkraMmYiXo28wbTAdBgNVHQ4EFgQUmwsRf22Z759c
FuMs2e/2rmPRPjMwHwYDVR0jBBgwFoAUmwsRf22Z759cFuMs2e/2rmPRPjMwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgVB7G3rYzdz6+V0S8sSetVT0QkoopMMr00zkydLOqX2QCIQDX
/lHRQ1WbJ1IpN7rXLS9YRN1LBxVsUUTl/VdqeaCB6g==
-----END CERTIFICATE-----
`;

const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgrBtrBlDshy+7gbeL
N5kf7nF8MdURYxDIdPod8Yc8FqGhRANCAASywVjZx2e2jAL8WIRhSVrqEB1zWD6G
66+bGkS9Rzxf4f2PRBJUqueJ6OmgslCziiSd/bZU/7VBL7rMkraMmYiX
-----END PRIVATE KEY-----
`;
