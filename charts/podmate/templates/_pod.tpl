{{/* Volumes of podmate: items of the pod's volumes. */}}
{{- define "podmate.volumes" -}}
- name: podmate-config
  configMap: { name: {{ include "podmate.name" . }} }
{{- if include "podmate.hasSockets" . }}
- name: podmate-run
  emptyDir: { sizeLimit: 1Mi }
{{- end }}
{{- with .Values.podmate.adminToken }}
{{- if .secret }}
- name: podmate-admin
  secret: { secretName: {{ .secret }} }
{{- end }}
{{- end }}
{{- if include "podmate.asksApiServer" . }}
- name: podmate-api-token
  projected:
    sources:
      - serviceAccountToken: { path: token, expirationSeconds: 3600 }
      - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: ca.crt }] }
      - downwardAPI: { items: [{ path: namespace, fieldRef: { fieldPath: metadata.namespace } }] }
{{- end }}
{{- with .Values.podmate.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* `imagePullSecrets:` of the pod, for the image of podmate; nothing where there are none. */}}
{{- define "podmate.imagePullSecrets" -}}
{{- with .Values.podmate.imagePullSecrets -}}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
Where podmate's container has its volumes. A file that is mounted by subPath stays as it was when the container
started: pods that are about to be replaced do not take the new configuration.
*/}}
{{- define "podmate.volumeMounts" -}}
{{- if eq .Values.podmate.configChange "reload" -}}
- { name: podmate-config, mountPath: /etc/podmate, readOnly: true }
{{- else -}}
- { name: podmate-config, mountPath: /etc/podmate/podmate.yaml, subPath: podmate.yaml, readOnly: true }
{{- end }}
{{- if include "podmate.hasSockets" . }}
- { name: podmate-run, mountPath: /run/podmate }
{{- end }}
{{- if .Values.podmate.adminToken.secret }}
- { name: podmate-admin, mountPath: /etc/podmate-admin, readOnly: true }
{{- end }}
{{- if include "podmate.asksApiServer" . }}
- { name: podmate-api-token, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true }
{{- end }}
{{- with .Values.podmate.volumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where the app's container finds podmate's unix sockets: items of its volumeMounts, or nothing. */}}
{{- define "podmate.appVolumeMounts" -}}
{{- if include "podmate.hasSockets" . -}}
- { name: podmate-run, mountPath: /run/podmate }
{{- end -}}
{{- end -}}

{{/* Annotations of the pod, so that a change that podmate cannot take while it runs replaces it. */}}
{{- define "podmate.podAnnotations" -}}
{{- $text := include "podmate.config" . -}}
{{- if eq .Values.podmate.configChange "reload" -}}
{{- $config := fromYaml $text -}}
{{- $text = toJson (dict "listen" $config.admin.listen "probes" $config.admin.probes "workers" $config.workers) -}}
{{- end -}}
checksum/podmate-config: {{ sha256sum $text }}
{{- end -}}

{{/*
The pod's terminationGracePeriodSeconds. A native sidecar drains when the app has ended, a plain container while the
app ends. 5 s are left for hooks and for the exit.
*/}}
{{- define "podmate.terminationGracePeriodSeconds" -}}
{{- $config := fromYaml (include "podmate.config" .) -}}
{{- $duration := dig "drain" "25s" $config.lifecycle -}}
{{- $drain := include "podmate.seconds" $duration -}}
{{- if not $drain -}}
{{- fail (printf "podmate.config.lifecycle.drain: %v is no duration, so that the grace period of the pod cannot be told" $duration) -}}
{{- end -}}
{{- $app := int .Values.podmate.appStopSeconds -}}
{{- if include "podmate.native" . -}}
{{- add $app (int $drain) 5 -}}
{{- else -}}
{{- add (max $app (int $drain)) 5 -}}
{{- end -}}
{{- end -}}
