#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The whole life of a certificate against a simulated CA:
#     examples/demo.sh EMSIGN EMSIGN-SIM FOLDER [v1|v2]
# leaves key, certificate, chain and keystores in FOLDER. Nothing leaves this machine. Which
# generation of the API is spoken is a matter of the credential alone; v1 unless it is said.
set -eu

usage()
{
	echo "usage: demo.sh EMSIGN EMSIGN-SIM FOLDER [v1|v2]" >&2
	exit 2
}

[ $# -eq 3 ] || [ $# -eq 4 ] || usage
api=${4:-v1}
case $api in
v1) url=base_url key=access_key_file ;;
v2) url=v2_url key=client_secret_file ;;
*) usage ;;
esac
mkdir -p "$3"
out=$(cd "$3" && pwd)
emsign_command=$(realpath "$1")
sim_command=$(realpath "$2")
python=/usr/bin/python3
[ -x "$python" ] || python=python3

domain=www.example.com
work=$out/work
log=$work/log.txt
pids=

finish()
{
	code=$?
	trap - EXIT INT TERM
	for pid in $pids; do
		kill "$pid" 2> /dev/null || :
		wait "$pid" 2> /dev/null || :
	done
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

number=0
step()
{
	number=$((number + 1))
	printf '%3d  %s\n' "$number" "$1"
}

result()
{
	printf '       %s\n' "$1"
}

fail()
{
	echo "demo: $1" >&2
	[ ! -s "$log" ] || tail -n 20 "$log" >&2
	exit 1
}

# Runs a command; its output goes to the log, and to people only when it fails.
run()
{
	echo "\$ $*" >> "$log"
	"$@" >> "$log" 2>&1 || fail "failed: $*"
}

emsign()
{
	"$emsign_command" --store "sqlite:$work/store.db" --key-file "$work/sealing.key" "$@"
}

# Waits up to ten seconds for something that a started program will do.
wait_for()
{
	for _ in $(seq 100); do
		if "$@" 2> /dev/null; then
			return
		fi
		sleep 0.1
	done
	fail "waited in vain for: $*"
}

ready()
{
	"$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' \
		"$work/ca/ready.json" "$1"
}

rm -rf "$work"
mkdir -p "$work/web" "$work/ca"
chmod 700 "$work"
: > "$log"

"$python" -u -m http.server 0 --bind 127.0.0.1 --directory "$work/web" > "$work/web.txt" 2>&1 &
pids=$!
wait_for grep -q 'port [0-9]' "$work/web.txt"
web_port=$(sed -n 's/.* port \([0-9]*\).*/\1/p' "$work/web.txt" | head -n 1)

step "A simulated CA and a small web server start on this machine"
# in v2 the CA is to tell which file it wants to see; its book says so, the service does not yet
"$sim_command" --port 0 --dir "$work/ca" --dcv http --resolve "$domain=127.0.0.1:$web_port" \
	--v2 dcv-body=documented >> "$log" 2>&1 &
pids="$pids $!"
wait_for test -s "$work/ca/ready.json"
result "$(ready "$url")"

step "Add a credential: how the CA is reached, and who orders"
run emsign credential add demo --url "$(ready "$url")" --account "$(ready account_number)" \
	--access-key-file "$(ready "$key")" --ca-file "$(ready ca_file)" "api=$api" \
	--name 'Alex Example' --email alex@example.com --phone 5550100

step "Test the login"
run emsign credential test demo

step "Fetch the account's groups, organizations, domains and products"
run emsign sync demo
result "$(emsign list products 2> /dev/null | tail -n +2 | wc -l | tr -d ' ') products"

step "Order a certificate for $domain, with a new EC key"
order=$(emsign order demo product=842 domain=$domain --key EC:P-256 2>> "$log") ||
	fail "the order failed"
result "order $order"

step "Prove control of $domain: publish a file, let the CA look, take it away"
run emsign validate "$order" --web-root "$work/web" --wait 60
result "$(emsign --json list challenges |
	"$python" -c 'import json, sys; print(json.load(sys.stdin)["file_url"])')"

step "Wait until the certificate is issued"
run emsign status "$order" --wait 120

step "Get the certificate, checked against key and order"
run emsign fetch "$order"

step "Export PEM, PKCS#12 and JKS"
umask 077
openssl rand -hex 12 > "$out/demo-password.txt"
run emsign export "$order" --out-dir "$out" --password-file "$out/demo-password.txt"

step "Check them with openssl"
run openssl verify -CAfile "$(ready root_file)" -untrusted "$out/chain.pem" "$out/certificate.pem"
openssl x509 -in "$out/certificate.pem" -noout -pubkey > "$work/public.pem"
openssl pkey -in "$out/key.pem" -passin "file:$out/demo-password.txt" -pubout |
	cmp -s - "$work/public.pem" || fail "the key does not belong to the certificate"
run openssl pkcs12 -in "$out/keystore.p12" -passin "file:$out/demo-password.txt" -nokeys
result "$(openssl x509 -in "$out/certificate.pem" -noout -enddate | tr '=' ' ')"

step "Order another certificate, and cancel that order"
second=$(emsign order demo product=842 domain=shop.example.net 2>> "$log") ||
	fail "the second order failed"
run emsign cancel "$second" --remarks 'only a demonstration'
result "order $second is canceled"

step "Revoke the first certificate"
run emsign revoke "$order" --reason superseded --comment 'only a demonstration' --yes
result "order $order is $(emsign --json status "$order" |
	"$python" -c 'import json, sys; print(json.load(sys.stdin)["status"])')"

step "Delete both orders here; key and certificate stay"
run emsign delete "$order"
run emsign delete "$second"

printf '\nAll went well. In %s:\n' "$out"
for file in key.pem certificate.pem chain.pem fullchain.pem keystore.p12 keystore.jks \
	demo-password.txt; do
	[ -s "$out/$file" ] || fail "$file is missing"
	printf '  %s\n' "$file"
done
