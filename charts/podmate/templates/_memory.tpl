{{/*
Fails where podmate would be killed for want of memory once its buffers are full: `workers` times `limits.bytes`, and what
it takes by itself, have to fit in the memory limit. What cannot be told here, such as a variable, is let through.
*/}}
{{- define "podmate.checkMemory" -}}
{{- $limit := dig "limits" "memory" "" (.resources | default dict) -}}
{{- $bytes := dig "limits" "bytes" "256MiB" .config -}}
{{- $workers := toString (.config.workers | default "auto") -}}
{{- $count := ternary (int $workers) 1 (regexMatch "^[0-9]+$" $workers) -}}
{{- $own := 104857600.0 -}}
{{- $given := include "podmate.bytes" $limit -}}
{{- $buffers := include "podmate.bytes" $bytes -}}
{{- if and $given $buffers -}}
{{- $needed := addf (mulf $count (float64 $buffers)) $own -}}
{{- if lt (float64 $given) $needed -}}
{{- fail (printf "podmate.resources.limits.memory: %v is less than podmate may take, %d MiB: config.workers (%s) times config.limits.bytes (%v), and 100 MiB for itself; raise it, or lower config.limits.bytes" $limit (divf $needed 1048576 | ceil | int) $workers $bytes) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A quantity of Kubernetes (256Mi, 1G) or a size of podmate.yaml (64MiB, 10MB) in bytes; nothing where it is neither. */}}
{{- define "podmate.bytes" -}}
{{- $text := ternary (printf "%.0f" (float64 (ternary . 0 (kindIs "float64" .)))) (toString .) (kindIs "float64" .) -}}
{{- if regexMatch "^[0-9]+(\\.[0-9]+)? ?([kKMGT]i?B?|B)?$" $text -}}
{{- $factors := dict "" 1 "B" 1 "k" 1000 "K" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- $unit := regexFind "[A-Za-z]+$" $text -}}
{{- $unit = ternary $unit (trimSuffix "B" $unit) (eq $unit "B") -}}
{{- mulf (float64 (regexFind "^[0-9.]+" $text)) (float64 (get $factors $unit)) | printf "%.0f" -}}
{{- end -}}
{{- end -}}
