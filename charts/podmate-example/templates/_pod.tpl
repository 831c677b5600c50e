{{/* The pod: this is what a chart that puts podmate beside its app has to write. */}}
{{- define "example.pod" -}}
metadata:
  labels:
    {{- include "podmate.selectorLabels" . | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: app
    checksum/app: {{ .Files.Get "files/app.mjs" | sha256sum }}
    {{- include "podmate.podAnnotations" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "podmate.serviceAccountName" . }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ include "podmate.terminationGracePeriodSeconds" . }}
  {{- with include "podmate.imagePullSecrets" . }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if .Values.job.enabled }}
  restartPolicy: OnFailure
  {{- end }}
  {{- with include "podmate.initContainer" . }}
  initContainers:
    {{- . | nindent 4 }}
  {{- end }}
  containers:
    {{- with include "podmate.container" . }}
    {{- . | nindent 4 }}
    {{- end }}
    - name: app
      image: {{ .Values.app.image }}
      command: [node, /app/app.mjs]
      env:
        {{- if .Values.job.enabled }}
        - { name: VISITS, value: {{ int .Values.job.visits | quote }} }
        {{- if not (include "podmate.native" .) }}
        - { name: STOP, value: {{ include "example.stopUrl" . | quote }} }
        {{- end }}
        {{- end }}
        {{- range $name, $value := .Values.app.env }}
        - { name: {{ $name }}, value: {{ $value | quote }} }
        {{- end }}
      {{- if not .Values.job.enabled }}
      ports:
        - { name: http, containerPort: 8080 }
      readinessProbe:
        httpGet: { path: /healthz, port: http }
        periodSeconds: 5
      {{- with int .Values.podmate.appPreStopSeconds }}
      lifecycle:
        # Until the Service has forgotten the pod, requests still come.
        preStop:
          exec: { command: [sleep, {{ . | quote }}] }
      {{- end }}
      {{- end }}
      resources:
        {{- toYaml .Values.app.resources | nindent 8 }}
      securityContext:
        runAsUser: 1000
        {{- include "example.securityContext" . | nindent 8 }}
      volumeMounts:
        - { name: app, mountPath: /app, readOnly: true }
        {{- with include "podmate.appVolumeMounts" . }}
        {{- . | nindent 8 }}
        {{- end }}
  volumes:
    - name: app
      configMap: { name: {{ include "example.name" . }} }
    {{- include "podmate.volumes" . | nindent 4 }}
{{- end -}}

{{/* What the app of a Job posts to at its end, so that a podmate that is a plain container ends, too. */}}
{{- define "example.stopUrl" -}}
{{- $address := include "podmate.adminLoopback" . -}}
{{- if not $address -}}
{{- fail (printf "podmate.config.admin.listen: a Job whose podmate is a plain container ends it over loopback, which %s is not; give host:port on loopback or on all addresses, or native sidecars (Kubernetes 1.29)" (include "podmate.adminListen" .)) -}}
{{- end -}}
{{- printf "http://%s/lifecycle/stop" $address -}}
{{- end -}}

{{- define "example.jobSpec" -}}
backoffLimit: 3
template:
  {{- include "example.pod" . | nindent 2 }}
{{- end -}}

{{/*
A Job cannot be changed. Its name tells what it is made of: what is changed is another Job, which takes the place of
the one before, and what is not changed is not run again.
*/}}
{{- define "example.jobName" -}}
{{- $hash := include "example.jobSpec" . | sha256sum | trunc 8 -}}
{{- printf "%s-%s" (include "example.name" . | trunc 54 | trimSuffix "-") $hash -}}
{{- end -}}
