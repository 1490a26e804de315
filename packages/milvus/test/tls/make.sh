#!/bin/sh
# Makes the keys and certificates of this folder, which are for tests only. Needs OpenSSL 3.
set -eu
cd "$(dirname "$0")"

authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
    -keyout "$1.key" -out "$1.pem" -subj "/CN=Redkite test authority $1"
}

# certificate <name> <authority> <subject> <extensions>
certificate() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -keyout "$1.key" -out "$1.csr" -subj "/CN=$3"
  printf '%s\n' "$4" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days 36500 -out "$1.pem" \
    -extfile "$1.ext"
  rm "$1.csr" "$1.ext"
}

authority ca
authority other-ca
names="subjectAltName=DNS:localhost,DNS:kite.test,IP:127.0.0.1"
certificate server ca localhost "$names"
certificate renewed-server ca renewed "$names"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
  -keyout self-signed-server.key -out self-signed-server.pem -subj "/CN=localhost" -addext "$names"
certificate client ca client "extendedKeyUsage=clientAuth"
certificate other-client other-ca client "extendedKeyUsage=clientAuth"
rm -f ./*.srl ca.key other-ca.key
