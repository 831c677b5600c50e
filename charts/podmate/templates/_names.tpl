{{/* The app's name: its Deployment, as `helm create` names it, unless `appName` says otherwise. */}}
{{- define "podmate.appName" -}}
{{- if .Values.podmate.appName -}}
{{- tpl .Values.podmate.appName . -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of podmate's own objects. */}}
{{- define "podmate.name" -}}
{{- printf "%s-podmate" (include "podmate.appName" . | trunc 55 | trimSuffix "-") -}}
{{- end -}}

{{/* Labels by which the pods are found. */}}
{{- define "podmate.selectorLabels" -}}
{{- with .Values.podmate.podSelector -}}
{{- toYaml . -}}
{{- else -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}
{{- end -}}

{{/* Labels of podmate's own objects. */}}
{{- define "podmate.labels" -}}
app.kubernetes.io/name: podmate
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: {{ include "podmate.appName" . }}
app.kubernetes.io/version: {{ .Subcharts.podmate.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.podmate.labels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Beginning of each object: what it is, its name and its namespace. Further labels may follow it. */}}
{{- define "podmate.metadata" -}}
name: {{ include "podmate.name" . }}
namespace: {{ .Release.Namespace }}
{{- with include "podmate.annotations" (dict "root" .) }}{{ . | nindent 0 }}{{ end }}
labels:
  {{- include "podmate.labels" . | nindent 2 }}
{{- end -}}

{{/* `annotations:` of an object, those of all objects and `own`; nothing where there are none. */}}
{{- define "podmate.annotations" -}}
{{- with merge (dict) (.own | default dict) (.root.Values.podmate.annotations | default dict) -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* The pod's service account. */}}
{{- define "podmate.serviceAccountName" -}}
{{- $account := .Values.podmate.serviceAccount -}}
{{- if $account.name -}}
{{- $account.name -}}
{{- else if $account.create -}}
{{- include "podmate.name" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}
