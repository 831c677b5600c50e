{{/* All objects of podmate, each a document. */}}
{{- define "podmate.objects" -}}
{{- range list "configMap" "serviceAccount" "rbac" "podMonitor" "networkPolicy" "dashboard" -}}
{{- with include (printf "podmate.%s" .) $ }}
---
{{ . }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "podmate.configMap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "podmate.metadata" . | nindent 2 }}
data:
  podmate.yaml: |
    {{- include "podmate.config" . | nindent 4 }}
{{- end -}}

{{- define "podmate.podMonitor" -}}
{{- with .Values.podmate.podMonitor -}}
{{- if .enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "podmate.metadata" $ | nindent 2 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  selector:
    matchLabels:
      {{- include "podmate.selectorLabels" $ | nindent 6 }}
  podMetricsEndpoints:
    - port: podmate-probes
      path: /metrics
      interval: {{ .interval }}
      scrapeTimeout: {{ .scrapeTimeout }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "podmate.networkPolicy" -}}
{{- with .Values.podmate.networkPolicy -}}
{{- if .enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "podmate.metadata" $ | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "podmate.selectorLabels" $ | nindent 6 }}
  policyTypes: [Ingress{{ if .egress }}, Egress{{ end }}]
  ingress:
    - ports: [{ protocol: TCP, port: {{ int $.Values.podmate.probePort }} }]
      {{- with .scrapers }}
      from:
        {{- tpl (toYaml .) $ | nindent 8 }}
      {{- end }}
    {{- with .ingress }}
    {{- tpl (toYaml .) $ | nindent 4 }}
    {{- end }}
  {{- $dns := .dns | default dict }}
  {{- with .egress }}
  egress:
    {{- with $dns.ports }}
    - ports:
        {{- toYaml . | nindent 8 }}
      {{- with $dns.to }}
      to:
        {{- tpl (toYaml .) $ | nindent 8 }}
      {{- end }}
    {{- end }}
    {{- if include "podmate.asksApiServer" $ }}
    # The API server: the port of its Service, and the usual one behind it.
    - ports: [{ protocol: TCP, port: 443 }, { protocol: TCP, port: 6443 }]
    {{- end }}
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "podmate.dashboard" -}}
{{- with .Values.podmate.dashboard -}}
{{- if .enabled -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "podmate.name" $ }}-dashboard
  namespace: {{ $.Release.Namespace }}
  labels:
    {{- include "podmate.labels" $ | nindent 4 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
data:
  podmate.json: |
    {{- $.Subcharts.podmate.Files.Get "dashboards/podmate.json" | nindent 4 }}
{{- end -}}
{{- end -}}
{{- end -}}
