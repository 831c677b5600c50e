{{/* Where podmate's management interface listens: `admin.listen`, with what podmate does without it. */}}
{{- define "podmate.adminListen" -}}
{{- dig "admin" "listen" "127.0.0.1:9901" (fromYaml (include "podmate.config" .)) -}}
{{- end -}}

{{/* Where the containers of the pod find it: `admin.listen` with its variables as Kubernetes writes them. */}}
{{- define "podmate.adminAddress" -}}
{{- $reachable := regexReplaceAll "^(0\\.0\\.0\\.0|\\[::\\])?:" (include "podmate.adminListen" .) "127.0.0.1:" -}}
{{- include "podmate.kubernetesText" (dict "root" . "text" $reachable) -}}
{{- end -}}

{{/*
Where every container of the pod may change things without a token: host:port on loopback. Nothing where that is a unix
socket, which is podmate's own, another address, or one that a variable of podmate's container tells.
*/}}
{{- define "podmate.adminLoopback" -}}
{{- $address := include "podmate.adminAddress" . -}}
{{- if and (include "podmate.isLocal" $address) (not (hasPrefix "unix:" $address)) }}{{ $address }}{{ end -}}
{{- end -}}

{{/* The port to give to `kubectl port-forward`, which connects to localhost; nothing where that reaches nobody. */}}
{{- define "podmate.adminForwardPort" -}}
{{- regexFind "[0-9]+$" (regexFind "^(127\\.0\\.0\\.1|localhost|\\[::1\\]):[0-9]+$" (include "podmate.adminAddress" .)) -}}
{{- end -}}

{{/* "true" where changes from podmate's own container need the token: all but loopback and unix sockets. */}}
{{- define "podmate.adminNeedsToken" -}}
{{- if not (regexMatch "^(127\\.[0-9.]+|localhost|\\[::1\\]|unix):" (include "podmate.adminAddress" .)) }}true{{ end -}}
{{- end -}}

{{/* The file with the token that verbs in podmate's container need; nothing where they need none, or there is none. */}}
{{- define "podmate.adminTokenFile" -}}
{{- if include "podmate.adminNeedsToken" . -}}
{{- $remote := dig "admin" "remote" "" (fromYaml (include "podmate.config" .)) -}}
{{- $file := ternary (get (ternary $remote dict (kindIs "map" $remote)) "token_file") $remote (kindIs "map" $remote) -}}
{{- $path := include "podmate.kubernetesText" (dict "root" . "text" $file) -}}
{{- if and $path (not (regexMatch "^[/$]" $path)) }}/etc/podmate/{{ end -}}
{{- $path -}}
{{- end -}}
{{- end -}}

{{/* Fails where `podmate drain`, the preStop hook of a plain container, would not be allowed to. */}}
{{- define "podmate.checkPreStop" -}}
{{- if and (include "podmate.adminNeedsToken" .) (not (include "podmate.adminTokenFile" .)) -}}
{{- fail (printf "podmate.config.admin.listen: %s takes no drain from the preStop hook without a token; set podmate.adminToken.secret, or listen on loopback or on all addresses" (include "podmate.adminListen" .)) -}}
{{- end -}}
{{- end -}}

{{/*
`text` with its variables as Kubernetes fills them in, which knows no default for one that is not there: that is
written out unless `env` has the variable, or `envFrom` may have it.
*/}}
{{- define "podmate.kubernetesText" -}}
{{- $values := .root.Values.podmate -}}
{{- $names := list "POD_IP" -}}
{{- range $values.env }}{{ $names = append $names .name }}{{ end -}}
{{- $text := .text -}}
{{- range regexFindAll "\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}" $text -1 -}}
{{- $name := regexFind "[A-Za-z_][A-Za-z0-9_]*" . -}}
{{- $isGiven := or $values.envFrom (has $name $names) (not (contains ":-" .)) -}}
{{- $default := regexReplaceAll "^[^-]*-|\\}$" . "" -}}
{{- $text = replace . (ternary (printf "$(%s)" $name) $default (not (empty $isGiven))) $text -}}
{{- end -}}
{{- $text -}}
{{- end -}}
