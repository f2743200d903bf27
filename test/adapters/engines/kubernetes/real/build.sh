#!/usr/bin/env bash
# Builds the Kubernetes that the long tests run against: kube-apiserver, kube-controller-manager and kube-scheduler from their
# Go modules, kwok for nodes and logs, Kubeflow Trainer and JobSet, and Debian's etcd. Fifteen minutes of CPU time; kept
# outside of the repository.
set -euo pipefail
version=1.36.3
kwok=0.8.0
trainer=2.2.0
jobset=0.11.1
target=${TRAINYARD_KUBERNETES:-$HOME/.cache/trainyard/kubernetes}
export GOWORK=off GOFLAGS='-p=1 -mod=mod -buildvcs=false' CGO_ENABLED=0
mkdir -p "$target/bin" "$target/src"
cd "$target/src"

# The sources of a module, where they may be written to.
sources() {
  local from
  from=$(GOFLAGS='' go mod download -json "$1@$2" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  rm -rf "$3"
  cp -r "$from" "$3"
  chmod -R u+w "$3"
}

if [ ! -x "$target/bin/kube-apiserver" ]; then
  sources k8s.io/kubernetes "v$version" k8s
  (
    cd k8s
    # The module leaves out what is published as modules of their own.
    grep -oE '^\s*k8s.io/[a-z-]+ => ./staging' go.mod | awk '{print $1}' | while read -r module; do
      go mod edit "-replace=$module=$module@v0.${version#1.}"
    done
    stamp="-s -w -X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36"
    # The API server last: it is what says that all is there.
    for program in kube-controller-manager kube-scheduler kube-apiserver; do
      nice -n 15 go build -trimpath -ldflags "$stamp" -o "$target/bin/$program" "./cmd/$program"
    done
  )
fi
if [ ! -x "$target/bin/kwok" ]; then
  sources sigs.k8s.io/kwok "v$kwok" kwok
  (cd kwok && nice -n 15 go build -trimpath -ldflags '-s -w' -o "$target/bin/kwok" ./cmd/kwok)
fi
if [ ! -x "$target/bin/trainer" ]; then
  sources github.com/kubeflow/trainer/v2 "v$trainer" trainer
  (cd trainer && nice -n 15 go build -trimpath -ldflags '-s -w' -o "$target/bin/trainer" ./cmd/trainer-controller-manager)
fi
if [ ! -x "$target/bin/jobset" ]; then
  sources sigs.k8s.io/jobset "v$jobset" jobset
  (cd jobset && nice -n 15 go build -trimpath -ldflags '-s -w' -o "$target/bin/jobset" .)
fi
if [ ! -x "$target/etcd/usr/bin/etcd" ]; then
  (cd "$target/src" && apt-get download etcd-server && dpkg -x etcd-server_*.deb "$target/etcd")
fi
