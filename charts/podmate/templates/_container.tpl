{{/* podmate as a native sidecar: an item of the pod's initContainers, or nothing. */}}
{{- define "podmate.initContainer" -}}
{{- if include "podmate.native" . -}}
{{- include "podmate.containerOf" . -}}
{{- end -}}
{{- end -}}

{{/* podmate as a plain container: an item of the pod's containers, best the first one, or nothing. */}}
{{- define "podmate.container" -}}
{{- if not (include "podmate.native" .) -}}
{{- include "podmate.containerOf" . -}}
{{- end -}}
{{- end -}}

{{- define "podmate.containerOf" -}}
{{- $values := .Values.podmate -}}
{{- $native := include "podmate.native" . -}}
{{- $probes := $values.probes | default dict -}}
{{- $config := fromYaml (include "podmate.config" .) -}}
{{- if not $native }}{{ include "podmate.checkPreStop" . }}{{ end -}}
{{- include "podmate.checkMemory" (dict "config" $config "resources" $values.resources) -}}
- name: podmate
  image: {{ include "podmate.image" . }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- if $native }}
  restartPolicy: Always
  {{- end }}
  args: [run, -c, /etc/podmate/podmate.yaml]
  env:
    - name: POD_IP
      valueFrom: { fieldRef: { fieldPath: status.podIP } }
    {{- if include "podmate.scales" . }}
    - name: POD_NAME
      valueFrom: { fieldRef: { fieldPath: metadata.name } }
    - name: POD_NAMESPACE
      valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
    {{- end }}
    {{- with $values.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- /* The last ones, for they may name those above. */}}
    {{- if $config.admin.listen }}
    - name: PODMATE_ADMIN
      value: {{ include "podmate.adminAddress" . | quote }}
    {{- end }}
    {{- with include "podmate.adminTokenFile" . }}
    - name: PODMATE_TOKEN_FILE
      value: {{ . | quote }}
    {{- end }}
  {{- with $values.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  ports:
    - { name: podmate-probes, containerPort: {{ int $values.probePort }}, protocol: TCP }
  {{- with $probes.startup }}
  startupProbe:
    httpGet: { path: /startup, port: podmate-probes }
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $probes.liveness }}
  livenessProbe:
    httpGet: { path: /live, port: podmate-probes }
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $probes.readiness }}
  readinessProbe:
    httpGet: { path: /ready, port: podmate-probes }
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if not $native }}
  lifecycle:
    # The next container starts when this is done, so that the app finds its servers.
    postStart:
      exec: { command: [podmate, wait-ready, --timeout, 60s] }
    # Serves until the app is gone, or config.lifecycle.drain has passed.
    preStop:
      exec: { command: [podmate, drain, --wait] }
  {{- end }}
  {{- with fromYaml (toYaml $values.resources) }}
  {{- include "podmate.dropNulls" . }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "podmate.securityContext" . | nindent 4 }}
  terminationMessagePolicy: FallbackToLogsOnError
  volumeMounts:
    {{- include "podmate.volumeMounts" . | nindent 4 }}
{{- end -}}

{{/* Name of the image with its tag or digest. */}}
{{- define "podmate.image" -}}
{{- $image := .Values.podmate.image -}}
{{- if not $image.repository -}}
{{- fail "podmate.image.repository is empty: no registry has an image of podmate, so build it, push it to one of yours, and give its name, such as registry.example.com/podmate (docs/image.md)" -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Subcharts.podmate.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "podmate.securityContext" -}}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
{{- if not (kindIs "invalid" .Values.podmate.runAsUser) }}
runAsUser: {{ int .Values.podmate.runAsUser }}
runAsGroup: {{ int .Values.podmate.runAsUser }}
{{- end }}
seccompProfile: { type: RuntimeDefault }
{{- end -}}
