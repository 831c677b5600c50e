{{/* All objects of podmate, each a document. */}}
{{- define "podmate.objects" -}}
{{- range list "configMap" "serviceAccount" "rbac" "podMonitor" "prometheusRule" "networkPolicy" "dashboard" -}}
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
