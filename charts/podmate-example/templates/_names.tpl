{{/* The app, and what belongs to it, is named as podmate expects it. */}}
{{- define "example.name" -}}
{{- include "podmate.appName" . -}}
{{- end -}}

{{- define "example.memcachedName" -}}
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
