{{/* "true" where podmate runs as a native sidecar. */}}
{{- define "podmate.native" -}}
{{- $wanted := toString .Values.podmate.nativeSidecar -}}
{{- $version := .Capabilities.KubeVersion.Version -}}
{{- $known := semverCompare ">=1.29.0-0" $version -}}
{{- if and (eq $wanted "true") (not $known) -}}
{{- fail (printf "podmate.nativeSidecar: Kubernetes %s has no native sidecars, which come with 1.29; there podmate would be an init container that never ends, and the app would never start. Leave it at auto" $version) -}}
{{- end -}}
{{- if and $known (ne $wanted "false") -}}
true
{{- end -}}
{{- end -}}

{{/* Whether an address is the pod's own alone; gives "true" or nothing. */}}
{{- define "podmate.isLocal" -}}
{{- if regexMatch "^(127\\.[0-9.]+|localhost|\\[::1\\]):[0-9]+$|^unix:" . -}}
true
{{- end -}}
{{- end -}}

{{/* podmate.yaml: `config` with its templates filled in and what depends on the pod. */}}
{{- define "podmate.config" -}}
{{- $values := .Values.podmate -}}
{{- $config := fromYaml (tpl (toYaml $values.config) .) -}}
{{- with $config.Error }}{{ fail (printf "podmate.config: %s" .) }}{{ end -}}
{{- include "podmate.dropNulls" $config -}}
{{- if not $config.pools }}{{ fail "podmate.config.pools is missing: say where the servers are" }}{{ end -}}
{{- if not (or $config.memcache $config.http) }}{{ fail "podmate.config has no listener: give memcache or http" }}{{ end -}}
{{- $mode := ternary "native" "sidecar" (eq (include "podmate.native" .) "true") -}}
{{- $lifecycle := merge (dict "mode" $mode) ($config.lifecycle | default dict) -}}
{{- if eq $mode "sidecar" }}{{ include "podmate.fitQuiet" (dict "lifecycle" $lifecycle "hook" (int $values.appPreStopSeconds)) }}{{ end -}}
{{- $_ := set $config "lifecycle" $lifecycle -}}
{{- $probes := printf (ternary "[${POD_IP}]:%v" "${POD_IP}:%v" (eq $values.ipFamily "IPv6")) (int $values.probePort) -}}
{{- $admin := merge (dict "probes" $probes) ($config.admin | default dict) -}}
{{- if $values.adminToken.secret -}}
{{- $_ := set $admin "remote" (dict "token_file" (printf "/etc/podmate-admin/%s" $values.adminToken.key)) -}}
{{- end -}}
{{- $_ := set $config "admin" $admin -}}
{{- include "podmate.checkListeners" (dict "config" $config "loopbackOnly" $values.loopbackOnly) -}}
{{- toYaml $config -}}
{{- end -}}

{{/* Takes out of a map, and of the maps within, what is null: by that, a setting of another file of values is taken back. */}}
{{- define "podmate.dropNulls" -}}
{{- $map := . -}}
{{- range $key, $value := $map -}}
{{- if kindIs "invalid" $value }}{{ $_ := unset $map $key }}{{ end -}}
{{- if kindIs "map" $value }}{{ include "podmate.dropNulls" $value }}{{ end -}}
{{- if kindIs "slice" $value -}}
{{- range $value }}{{ if kindIs "map" . }}{{ include "podmate.dropNulls" . }}{{ end }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Fails where a listener is open to others, or a socket where podmate cannot write. */}}
{{- define "podmate.checkListeners" -}}
{{- $loopbackOnly := .loopbackOnly -}}
{{- range $where, $listen := fromYaml (include "podmate.listeners" .config) -}}
{{- if and $loopbackOnly (not (include "podmate.isLocal" $listen)) -}}
{{- fail (printf "podmate.config.%s: %s is no loopback address; set podmate.loopbackOnly to false if others are to connect" $where $listen) -}}
{{- end -}}
{{- if and (hasPrefix "unix:" $listen) (not (hasPrefix "unix:/run/podmate/" $listen)) -}}
{{- fail (printf "podmate.config.%s: %s has to be in /run/podmate, where podmate can write and the app can reach it" $where $listen) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Every listener of a configuration with its place: `memcache[0].listen: 127.0.0.1:11211`. */}}
{{- define "podmate.listeners" -}}
{{- with .admin.listen }}
admin.listen: {{ . | quote }}
{{- end }}
{{- range $index, $listener := .memcache }}
memcache[{{ $index }}].listen: {{ $listener.listen | quote }}
{{- end }}
{{- range $index, $listener := .http }}
http[{{ $index }}].listen: {{ $listener.listen | quote }}
{{- end }}
{{- end -}}

{{/* "true" where a listener is a unix socket. */}}
{{- define "podmate.hasSockets" -}}
{{- $config := fromYaml (include "podmate.config" .) -}}
{{- $found := false -}}
{{- range $listen := fromYaml (include "podmate.listeners" $config) -}}
{{- if hasPrefix "unix:" $listen }}{{ $found = true }}{{ end -}}
{{- end -}}
{{- if $found }}true{{ end -}}
{{- end -}}

{{/* Namespaces in which Services are looked for by the API server, as `namespaces: […]`. */}}
{{- define "podmate.discoveryNamespaces" -}}
{{- $namespaces := list -}}
{{- range $name, $pool := (fromYaml (include "podmate.config" .)).pools -}}
{{- with $pool.discover -}}
{{- if .kubernetes -}}
{{- $namespace := .namespace | default $.Release.Namespace -}}
{{- if and $.Values.podmate.rbac.create (contains "${" $namespace) -}}
{{- fail (printf "podmate.config.pools.%s.discover.namespace: %s is known to the pod alone, so no Role can be created there; name it, or set podmate.rbac.create to false" $name $namespace) -}}
{{- end -}}
{{- $namespaces = append $namespaces $namespace -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml (dict "namespaces" (uniq $namespaces | sortAlpha)) -}}
{{- end -}}

{{/* "true" where podmate scales the pod's owner. */}}
{{- define "podmate.scales" -}}
{{- if dig "replicate" "kubernetes" false (fromYaml (include "podmate.config" .)) }}true{{ end -}}
{{- end -}}

{{/*
"true" where podmate may change the number of replicas, by whatever means: then no manifest may have it, or each upgrade
would take it back.
*/}}
{{- define "podmate.replicates" -}}
{{- if (fromYaml (include "podmate.config" .)).replicate }}true{{ end -}}
{{- end -}}

{{/* "true" where podmate asks the API server. */}}
{{- define "podmate.asksApiServer" -}}
{{- if or (fromYaml (include "podmate.discoveryNamespaces" .)).namespaces (include "podmate.scales" .) }}true{{ end -}}
{{- end -}}

{{/*
Gives a plain container its `lifecycle.quiet`, or fails where that is too short. Both containers' preStop hooks begin at
the same time: an app that has no connection then is to find podmate while its own hook runs, and for a moment after.
*/}}
{{- define "podmate.fitQuiet" -}}
{{- if not (hasKey .lifecycle "quiet") }}{{ $_ := set .lifecycle "quiet" (printf "%ds" (add1 .hook)) }}{{ end -}}
{{- $seconds := include "podmate.seconds" .lifecycle.quiet -}}
{{- if and .hook $seconds (le (int $seconds) .hook) -}}
{{- fail (printf "podmate.config.lifecycle.quiet: %v has to be longer than podmate.appPreStopSeconds (%d), or podmate ends while the app still takes requests; leave it out, or set appPreStopSeconds to what the app's preStop hook takes" .lifecycle.quiet .hook) -}}
{{- end -}}
{{- end -}}

{{/* A duration, such as 25s, in whole seconds; nothing where it is none, as with a variable. */}}
{{- define "podmate.seconds" -}}
{{- $text := toString . -}}
{{- if regexMatch "^(0|[0-9]+(\\.[0-9]+)? ?(ms|s|m|h))$" $text -}}
{{- $factors := dict "ms" 0.001 "s" 1.0 "m" 60.0 "h" 3600.0 "" 1.0 -}}
{{- mulf (float64 (regexFind "^[0-9.]+" $text)) (get $factors (regexFind "[a-z]+$" $text)) | ceil | int -}}
{{- end -}}
{{- end -}}
