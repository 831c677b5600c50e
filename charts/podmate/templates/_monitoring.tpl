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

{{/* Alerts on what somebody should look at (alerts/podmate.yaml, which Prometheus also takes as a file of rules). */}}
{{- define "podmate.prometheusRule" -}}
{{- with .Values.podmate.prometheusRule -}}
{{- if .enabled -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- include "podmate.metadata" $ | nindent 2 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  {{- $.Subcharts.podmate.Files.Get "alerts/podmate.yaml" | nindent 2 }}
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
  {{- with include "podmate.annotations" (dict "root" $ "own" .annotations) }}{{ . | nindent 2 }}{{ end }}
  labels:
    {{- include "podmate.labels" $ | nindent 4 }}
    {{- with .labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
data:
  podmate.json: |
    {{- $.Subcharts.podmate.Files.Get "dashboards/podmate.json" | nindent 4 }}
{{- end -}}
{{- end -}}
{{- end -}}
