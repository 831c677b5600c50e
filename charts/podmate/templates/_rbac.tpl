{{- define "podmate.serviceAccount" -}}
{{- with .Values.podmate.serviceAccount -}}
{{- if .create -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "podmate.serviceAccountName" $ }}
  namespace: {{ $.Release.Namespace }}
  {{- with include "podmate.annotations" (dict "root" $ "own" .annotations) }}{{ . | nindent 2 }}{{ end }}
  labels:
    {{- include "podmate.labels" $ | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Roles with their bindings: what the configuration needs of the API server, and nothing more. */}}
{{- define "podmate.rbac" -}}
{{- if .Values.podmate.rbac.create -}}
{{- $documents := list -}}
{{- range (fromYaml (include "podmate.discoveryNamespaces" .)).namespaces -}}
{{- $documents = append $documents (include "podmate.role" (dict "root" $ "part" "discovery" "namespace" . "rules" "podmate.discoveryRules")) -}}
{{- end -}}
{{- if include "podmate.scales" . -}}
{{- $documents = append $documents (include "podmate.role" (dict "root" . "part" "replicate" "namespace" .Release.Namespace "rules" "podmate.replicateRules")) -}}
{{- end -}}
{{- join "\n---\n" $documents -}}
{{- end -}}
{{- end -}}

{{- define "podmate.role" -}}
{{- $name := printf "%s-%s" (include "podmate.name" .root) .part -}}
{{- $home := .root.Release.Namespace -}}
{{- /* In the namespace of others, releases from several namespaces may meet. */ -}}
{{- if ne .namespace $home }}{{ $name = printf "%s-%s" $home $name }}{{ end -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  {{- with include "podmate.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{ end }}
  labels:
    {{- include "podmate.labels" .root | nindent 4 }}
rules:
  {{- include .rules .root | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $name }}
  namespace: {{ .namespace }}
  {{- with include "podmate.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{ end }}
  labels:
    {{- include "podmate.labels" .root | nindent 4 }}
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: {{ $name }} }
subjects:
  - kind: ServiceAccount
    name: {{ include "podmate.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}

{{- define "podmate.discoveryRules" -}}
- { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch] }
{{- end -}}

{{/* The owner is found from the pod: by way of a ReplicaSet, except where it has its pods itself. */}}
{{- define "podmate.replicateRules" -}}
{{- $target := .Values.podmate.replicateTarget -}}
- { apiGroups: [""], resources: [pods], verbs: [get] }
{{- if not (has $target.resource (list "statefulsets" "replicationcontrollers")) }}
- { apiGroups: [apps], resources: [replicasets], verbs: [get] }
{{- end }}
- apiGroups: [{{ $target.group | quote }}]
  resources: [{{ $target.resource }}/scale]
  resourceNames: [{{ $target.name | default (include "podmate.appName" .) }}]
  verbs: [get, update]
{{- end -}}
