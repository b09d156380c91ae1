#pragma once

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metrics.hpp"

namespace nassaq::metrics {

/// Figures that others keep, and that are read when they are collected.
class ReadValues final : public prometheus::Collectable {
public:
    void add(std::string_view name, std::string_view help, prometheus::MetricType type, std::function<double()> read,
             const Labels& labels);
    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

private:
    struct Value {
        std::vector<prometheus::ClientMetric::Label> labels;
        std::function<double()> read;
    };
    struct Family {
        std::string name;
        std::string help;
        prometheus::MetricType type;
        std::vector<Value> values;
    };
    static void read_into(prometheus::MetricFamily& family, const Value& value);

    mutable std::mutex mutex_;
    std::vector<Family> families_;
};

}  // namespace nassaq::metrics
