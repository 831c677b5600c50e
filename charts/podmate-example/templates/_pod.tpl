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
        - { name: STOP, value: "http://127.0.0.1:9901/lifecycle/stop" }
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
      lifecycle:
        # Until the Service has forgotten the pod, requests still come.
        preStop:
          exec: { command: [sleep, "5"] }
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
