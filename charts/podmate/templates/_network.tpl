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
    {{- else }}
    {{- include "podmate.otherPorts" $ | nindent 4 }}
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

{{/*
A rule that leaves every port open but probePort, of which the templates know nothing: those of the app. Ranges of ports
came with Kubernetes 1.22; before, everything stays open.
*/}}
{{- define "podmate.otherPorts" -}}
{{- $port := int .Values.podmate.probePort -}}
{{- if semverCompare ">=1.22.0-0" .Capabilities.KubeVersion.Version -}}
# Ports of the app: networkPolicy.ingress says more narrowly who may reach which.
- ports:
    {{- if gt $port 1 }}
    - { protocol: TCP, port: 1, endPort: {{ sub $port 1 }} }
    {{- end }}
    {{- if lt $port 65535 }}
    - { protocol: TCP, port: {{ add1 $port }}, endPort: 65535 }
    {{- end }}
    - { protocol: UDP }
    - { protocol: SCTP }
{{- else -}}
- {}
{{- end -}}
{{- end -}}
