//go:build tools

// Package tools names the programs that the tests need of a Kubernetes control plane, so that `go mod tidy` keeps what
// they are made of.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubectl"
)
