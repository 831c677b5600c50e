#!/bin/sh
# Builds what the tests need of a Kubernetes control plane into the folder $1: etcd, kube-apiserver and kubectl, of the
# versions in go.mod. That takes minutes on two cores; the folder is there once all of it is built. Ends with 75 where the
# modules are out of reach.
set -eu
folder=$1
mkdir -p "$(dirname "$folder")"
part=$(mktemp -d "$folder.XXXXXX")
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP INT TERM

cd "$(dirname "$0")"
version=$(awk '$1 == "k8s.io/kubernetes" { print $2 }' go.mod)
minor=${version#v*.}
minor=${minor%%.*}
# Built without a version, the programs call themselves v0.0.0-master, which charts that ask for a version refuse.
at=k8s.io/component-base/version
flags="-s -w -X $at.gitVersion=$version -X $at.gitMajor=1 -X $at.gitMinor=$minor"

export CGO_ENABLED=0
etcd=go.etcd.io/etcd/server/v3
kubernetes=k8s.io/kubernetes/cmd
go list -deps "$etcd" "$kubernetes/kube-apiserver" "$kubernetes/kubectl" >/dev/null || exit 75
build() { nice -n 15 go build -trimpath -ldflags "$flags" -o "$part/$1" "$2"; }
build etcd "$etcd"
build kube-apiserver "$kubernetes/kube-apiserver"
build kubectl "$kubernetes/kubectl"

chmod 755 "$part"
# Another run may have been faster.
mv -T "$part" "$folder" 2>/dev/null || [ -x "$folder/kubectl" ]
