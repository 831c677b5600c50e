{{/* The app, and what belongs to it, is named as podmate expects it. */}}
{{- define "example.name" -}}
{{- include "podmate.appName" . -}}
{{- end -}}

{{/* Kubernetes labels the pods with this name and eleven characters more, of 63 at most. */}}
{{- define "example.memcachedName" -}}
{{- if gt (len .Release.Name) 42 -}}
{{- fail (printf "the release name %s is longer than 42 characters, and its memcached could not be named after it" .Release.Name) -}}
{{- end -}}
{{- printf "%s-memcached" .Release.Name -}}
{{- end -}}

{{- define "example.labels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "example.memcachedLabels" -}}
app.kubernetes.io/name: memcached
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* What neither container needs. */}}
{{- define "example.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
readOnlyRootFilesystem: true
runAsNonRoot: true
seccompProfile: { type: RuntimeDefault }
{{- end -}}
