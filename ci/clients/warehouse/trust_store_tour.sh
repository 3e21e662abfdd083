#!/usr/bin/env bash
# The stack's PKCS #12 trust store, as keytool and a JVM take it: with its password, and with another.
set -euo pipefail
cd "$(dirname "$0")"

connect() {
    java -Djavax.net.ssl.trustStore="$1" -Djavax.net.ssl.trustStorePassword="$2" \
        -cp /usr/share/java/postgresql.jar JvmTrustStore.java 2>&1 || true
}

holds() {
    grep -qF "$2" <<<"$1" || { echo "expected \`$2\`, got: $1" >&2; exit 1; }
}

store=$LINCHPIN_TRUST_STORE password=$LINCHPIN_TRUST_STORE_PASSWORD
holds "$(keytool -list -keystore "$store" -storepass "$password")" trustedCertEntry
holds "$(keytool -list -keystore "$store" -storepass another 2>&1 || true)" "keystore password was incorrect"
# The driver warns of server_version 8.0.2 first, which is what Redshift tells.
[ "$(connect "$store" "$password" | tail -n 1)" = in ]
holds "$(connect "$store" another)" "problem accessing trust store"
holds "$(connect /nowhere.p12 "$password")" "unable to find valid certification path"
