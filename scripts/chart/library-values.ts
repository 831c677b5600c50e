import { configPart } from "./config-part.ts";
import { flag, objects, oneOf, pattern, resources, text, texts, type Values, whole } from "./value.ts";

/** What the default configuration has other than podmate: a pod has less memory, and often no CPU limit to count. */
const config = { workers: 1, limits: { bytes: "64MiB" } };

/** The values of charts/podmate, which an app's chart sets below `podmate`. */
export const libraryValues: Values = {
  config: {
    description:
      "podmate.yaml, as docs/settings.md describes it, variables of the environment included. Texts may also hold templates, such as {{ .Release.Name }}. The chart sets lifecycle.mode and admin.probes. With workers: auto and no CPU limit there is a worker for each CPU of the node.",
    default: config,
    schema: configPart(),
  },
  configChange: oneOf(
    ["roll", "reload"],
    "What a change of config does. roll: the pods are replaced. reload: running pods take it within a minute or two, when the kubelet has brought the file; only a change of admin.listen, probePort or workers replaces them.",
  ),
  loopbackOnly: flag(
    true,
    "Refuse listeners, the management interface among them, on any address that is not the pod's own loopback.",
  ),
  nativeSidecar: oneOf(
    ["auto", true, false],
    "Run podmate as a native sidecar: an init container that starts before the app and ends after it. auto: from Kubernetes 1.29 on, and a plain container before. true: helm fails before 1.29. false: a plain container everywhere.",
  ),
  appStopSeconds: whole(
    25,
    0,
    86_400,
    "Longest time that the app needs to end, its preStop hook included. The pod's grace period is made of it and of config.lifecycle.drain.",
  ),
  appPreStopSeconds: whole(
    5,
    0,
    86_400,
    "Time that the app's preStop hook takes (a sleep, until Services have forgotten the pod); 0: it has none, as in a Job. In a plain container config.lifecycle.quiet is a second longer by default, and has to be longer, so that an app that has been idle finds podmate for its last requests.",
  ),
  image: {
    description: "The image of podmate.",
    values: {
      repository: text(
        "podmate",
        "Name of the image, with the registry that it is in. No registry has one: build it and push it to one of yours first, by docker build -t REGISTRY/podmate:0.1.0 . && docker push REGISTRY/podmate:0.1.0, or load it into the nodes (kind load docker-image, minikube image load).",
      ),
      tag: text("", "Tag; the appVersion of the chart if empty."),
      digest: pattern("", /^(sha256:[0-9a-f]{64})?$/, "Digest (sha256:…), which counts before the tag."),
      pullPolicy: oneOf(["IfNotPresent", "Always", "Never"], "When the image is pulled."),
    },
  },
  imagePullSecrets: objects(
    "Secrets by which the image is pulled, such as { name: registry }; podmate.imagePullSecrets puts them into the pod.",
  ),
  resources: resources(
    { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    "Resources of the container. helm fails where config.workers times config.limits.bytes, and 100 MiB for podmate itself, do not fit in the memory limit.",
  ),
  runAsUser: {
    description: "User and group of the container; null leaves them to the cluster, as OpenShift wants it.",
    default: 65532,
    schema: { type: ["integer", "null"], minimum: 1 },
  },
  probePort: whole(
    9902,
    1,
    65535,
    "Port on the pod's address that serves the probes and /metrics, and nothing else.",
  ),
  ipFamily: oneOf(["IPv4", "IPv6"], "Family of the pod's address on which probePort is opened."),
  probes: {
    description: "How the kubelet asks podmate; null: it does not.",
    values: {
      startup: probe({ periodSeconds: 1, failureThreshold: 60 }, "/startup: whether the listeners are open."),
      liveness: probe({ periodSeconds: 10, timeoutSeconds: 3 }, "/live: whether the container is restarted."),
      readiness: probe(
        { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
        "/ready: whether the pod gets traffic.",
      ),
    },
  },
  env: objects("Further variables of the environment, as in a container; config can use them."),
  envFrom: objects("ConfigMaps and Secrets whose keys are variables of the environment."),
  volumes: objects("Further volumes of the pod, such as Secrets with certificates."),
  volumeMounts: objects("Where podmate has them."),
  adminToken: {
    description:
      "Secret with the bearer token of the management interface. It is of use where config.admin.listen is no loopback.",
    values: {
      secret: text("", "Name of the Secret; empty: there is no token."),
      key: text("token", "Its key."),
    },
  },
  serviceAccount: {
    description:
      "Service account of the pod (podmate.serviceAccountName). Only podmate's own container gets its token, and only where config asks the API server.",
    values: {
      create: flag(true, "Create it; otherwise it is there already."),
      name: text("", "Its name; NAME-podmate if it is created, else default."),
      annotations: texts({}, "Annotations of it."),
    },
  },
  rbac: {
    description: "Roles of the service account: what config needs, and nothing more.",
    values: {
      create: flag(
        true,
        "Create them: endpointslices (list, watch) in each namespace of discover.kubernetes; for replicate.kubernetes pods and replicasets (get), and the scale of the pod's owner (get, update).",
      ),
    },
  },
  replicateTarget: {
    description: "What replicate.kubernetes may scale: the owner of the pod.",
    values: {
      group: text("apps", "Its API group."),
      resource: text("deployments", "Its resource: deployments, statefulsets, …"),
      name: text("", "Its name; the app's if empty."),
    },
  },
  appName: text(
    "",
    "Name of the app: its Deployment, and the beginning of the names here; RELEASE-CHART, as helm create has it, if empty.",
  ),
  podSelector: texts(
    {},
    "Labels by which the pods are found; app.kubernetes.io/name and instance, as helm create has them, if empty.",
  ),
  labels: texts({}, "Further labels of all objects here."),
  annotations: texts({}, "Further annotations of all objects here."),
  podMonitor: {
    description: "PodMonitor of the Prometheus operator.",
    values: {
      enabled: flag(false, "Create it."),
      interval: text("30s", "Time between two scrapes."),
      scrapeTimeout: text("10s", "Longest scrape."),
      labels: texts({}, "Labels of it, by which a Prometheus finds it."),
    },
  },
  prometheusRule: {
    description:
      "PrometheusRule of the Prometheus operator, with alerts (charts/podmate/alerts/podmate.yaml).",
    values: {
      enabled: flag(false, "Create it. Once per cluster is enough."),
      labels: texts({}, "Labels of it, by which a Prometheus finds it."),
    },
  },
  networkPolicy: {
    description:
      "NetworkPolicy of the pods. It counts for the app's container, too: once ingress is given, what it does not let in stays out, and the same for egress.",
    values: {
      enabled: flag(false, "Create it."),
      scrapers: objects("Peers that may reach probePort; everybody if empty. The kubelet always may."),
      ingress: objects(
        "Rules for what comes in besides: the app's own ports, and that of config.admin.listen if others are to reach it. Empty: every port but probePort is open.",
      ),
      egress: objects(
        "Rules for what goes out: the servers of the pools, and what the app needs. DNS, and the API server where it is asked, are added. Empty: everything may go out.",
      ),
      dns: {
        description:
          "Where names are asked for, once egress is given. A policy sees the ports of the pods that answer, not those of their Service: 5353 on OpenShift.",
        values: {
          ports: objects("Its ports; empty: no rule for DNS.", [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ]),
          to: objects(
            "Its peers, such as the pods of kube-system, or { ipBlock: { cidr: 169.254.20.10/32 } } for NodeLocal DNSCache; empty: everybody.",
          ),
        },
      },
    },
  },
  dashboard: {
    description: "ConfigMap with the Grafana dashboard, for Grafana's sidecar that gathers them.",
    values: {
      enabled: flag(false, "Create it. Once per cluster is enough."),
      labels: texts({ grafana_dashboard: "1" }, "Labels by which it is found."),
      annotations: texts({}, "Annotations of it, such as the folder."),
    },
  },
};

function probe(fallback: Readonly<Record<string, number>>, description: string): Values[string] {
  const times = [
    "initialDelaySeconds",
    "periodSeconds",
    "timeoutSeconds",
    "successThreshold",
    "failureThreshold",
    "terminationGracePeriodSeconds",
  ];
  const whole = { type: "integer", minimum: 0 };
  return {
    description,
    default: fallback,
    schema: {
      type: ["object", "null"],
      additionalProperties: false,
      properties: Object.fromEntries(times.map((name) => [name, whole])),
    },
  };
}
