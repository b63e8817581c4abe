{{- define "tributary.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "tributary.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* What is there: name, port, values, the name under which health says that it is ready, and the keys that it is given. */}}
{{- define "tributary.components" -}}
- {name: gateway, port: 7420, values: gateway, ready: gateway, keys: [signing.key]}
- {name: partner-registry, port: 7421, values: partnerRegistry, ready: partner-registry, keys: [signing.key]}
- {name: incentive-calculation, port: 7422, values: incentiveCalculation, ready: incentive-calculation, keys: [signing.key, evidence.key]}
- {name: contract-risk, port: 7423, values: contractRisk, ready: contract-risk, keys: [signing.key]}
- {name: analytics, port: 7424, values: analytics, ready: analytics, keys: [signing.key]}
{{- end }}

{{- define "tributary.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Selects the pods of one component: list of root and name. */}}
{{- define "tributary.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "tributary.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tributary.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "tributary.store" -}}
- name: TRIBUTARY_STORE
  valueFrom:
    secretKeyRef: {name: {{ .Values.secret }}, key: store}
{{- end }}
