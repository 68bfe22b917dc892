#!/bin/sh
# Prove the two commands of the README on a bare Debian 12: debootstrap's minbase with python3, python3-pip and make, nothing
# else; an ordinary user; the tracked files of this checkout as they are now.
#
#   tools/fresh.sh [setup|demo|test]…      (default: demo test; as root; make fresh ARGS="demo")
#
# The mirror is the one of this machine's apt sources; pip's configuration and certificates are this machine's too, when it
# has some. The bare system is kept in FRESH_CACHE (default: a folder under the temporary directory) and copied for each run.
set -eu
cd "$(dirname "$0")/.."
cache=${FRESH_CACHE:-${TMPDIR:-/tmp}/opposable-fresh}
base=$cache/base
root=$cache/run
port=${PORT:-8765}
say() { printf '\n== %s\n' "$*"; }

[ "$(id -u)" = 0 ] || { echo "fresh: needs root, for debootstrap and chroot" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "fresh: apt install debootstrap" >&2; exit 2; }
[ $# -gt 0 ] || set -- demo test
for step; do
  case $step in setup | demo | test) ;; *) echo "fresh: no step $step; there are setup, demo, test" >&2; exit 2 ;; esac
done

if [ ! -e "$base/.complete" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | awk '$2 == "bookworm" {print $1; exit}')
  [ -n "$mirror" ] || { echo "fresh: no source for bookworm among apt's" >&2; exit 2; }
  say "debootstrap (once)"
  rm -rf "$base"
  mkdir -p "$base"
  debootstrap --variant=minbase --include=python3,python3-pip,make bookworm "$base" "$mirror" >"$cache/debootstrap.log" 2>&1 ||
    { tail -n 5 "$cache/debootstrap.log" >&2; exit 1; }
  touch "$base/.complete"
fi

unmount() {
  for place in proc dev/shm dev/pts; do
    if mountpoint -q "$root/$place"; then umount "$root/$place"; fi
  done
}
unmount
trap unmount EXIT
trap 'exit 130' INT TERM

say "a fresh system"
rm -rf "$root"
cp -a "$base" "$root"
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
  [ ! -e "$file" ] || { mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"; }
done
mount -t proc proc "$root/proc"
mkdir -p "$root/dev/shm" && mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
chroot "$root" useradd --create-home newcomer
mkdir "$root/home/newcomer/opposable"
git ls-files -z | tar --null --no-recursion --files-from=- --create | tar --extract --directory "$root/home/newcomer/opposable"
chroot "$root" chown -R newcomer: /home/newcomer

# In the fresh system, as the newcomer, in the checkout, with nothing of our environment but how to reach the network.
inside() {
  chroot "$root" setpriv --reuid=newcomer --regid=newcomer --init-groups \
    env -i HOME=/home/newcomer PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 PORT="$port" \
    ${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
    ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} ${PIP_CERT:+PIP_CERT="$PIP_CERT"} \
    sh -c "cd ~/opposable || exit 1
$1"
}

# The demo serves until it is stopped: wait for its first page (at most ten minutes), then end it and what it started.
demo='
setsid make demo >demo.log 2>&1 & job=$!
n=0
until python3 -c "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=5).read()" "http://127.0.0.1:$PORT/" 2>/dev/null; do
  n=$((n + 1))
  kill -0 $job 2>/dev/null || { cat demo.log; echo "fresh: the demo ended by itself" >&2; exit 1; }
  [ $n -lt 300 ] || { cat demo.log; kill -TERM -$job; echo "fresh: no page after ten minutes" >&2; exit 1; }
  sleep 2
done
cat demo.log
kill -TERM -$job; wait $job || true'

for step; do
  start=$(date +%s)
  case $step in
    setup) say "make .venv/.stamp"; inside 'python3 --version; make .venv/.stamp && .venv/bin/python -c "import opposable; print(opposable.__version__)"' ;;
    demo) say "make demo"; inside "$demo" ;;
    test) say "make test"; inside 'make test' ;;
  esac
  say "$step: passed in $(($(date +%s) - start)) s"
done
say "fresh: $* passed"
