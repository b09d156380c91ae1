#pragma once

#include "metrics/metrics.hpp"

namespace nassaq::metrics {

/// The figures that every exporter has of its process, under their usual names
/// (prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics), read from /proc/self (proc(5)).
void add_process_metrics(Metrics& metrics);

}  // namespace nassaq::metrics
