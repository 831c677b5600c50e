#!/bin/sh
# Puts what runs of podmate into the folder $1, as the image has it from its root on: /app and the command `podmate`.
# To be run in a copy of the tree whose node_modules holds the tools (`npm ci --ignore-scripts`). The Dockerfile and
# test/image run this same script.
set -eu
root=$1
app=$root/app

npm run build

mkdir -p "$app" "$root/usr/bin"
node scripts/image/bundle.ts dist "$app/dist"
mkdir "$app/dist/admin"
cp -R dist/admin/dashboard "$app/dist/admin/"
cp package.json package-lock.json .npmrc "$app"
if [ -f LICENSE ]; then cp LICENSE "$app"; fi
(cd "$app" && npm ci --omit=dev --ignore-scripts --prefer-offline)
rm "$app/package-lock.json" "$app/.npmrc" "$app/node_modules/.package-lock.json"
rm -rf "$app/node_modules/.bin"

# What packages carry for those who develop them or with them. `doc` and the like only at the top of a package: deeper
# down it may be code.
find "$app/node_modules" -regextype posix-extended -type d \
  -regex '.*/node_modules/(@[^/]+/)?[^/]+/(\.github|benchmarks?|browser|docs?|examples?|integration|scripts|tests?|__tests__)' \
  -prune -exec rm -rf {} +
find "$app" -type f -regextype posix-extended \
  -regex '.*(\.d\.[cm]?ts|\.ts|\.map|\.tsbuildinfo|\.md|\.markdown|/Makefile|/tsconfig[^/]*\.json|/eslint\.config\.[cm]?js|/\.[^/]+)' \
  ! -iname 'licen[cs]e*' ! -iname 'notice*' -delete
find "$app" -type d -empty -delete

# There is no env in the image that the usual first line could ask for. SIGUSR1 opens no debugger, from the first moment.
sed -i '1s|^#!.*|#!/usr/bin/node --disable-sigusr1|' "$app/dist/main.js"
chmod 755 "$app/dist/main.js"
ln -s ../../app/dist/main.js "$root/usr/bin/podmate"
node scripts/image/fill-compile-cache.ts "$app"
# Whatever umask this has run under.
chmod -R a+rX,go-w "$root"
