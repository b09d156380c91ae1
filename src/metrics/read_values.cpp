#include "metrics/read_values.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.hpp"

namespace nassaq::metrics {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void ReadValues::add(std::string_view name, std::string_view help, MetricType type, std::function<double()> read,
                     const Labels& labels) {
    const std::scoped_lock lock(mutex_);
    auto family = std::ranges::find(families_, name, &Family::name);
    if (family == families_.end()) {
        family = families_.insert(
            family, Family{.name = std::string(name), .help = std::string(help), .type = type, .values = {}});
    }
    Value value{.labels = {}, .read = std::move(read)};
    for (const auto& [key, text] : labels) {
        value.labels.push_back({.name = key, .value = text});
    }
    family->values.push_back(std::move(value));
}

void ReadValues::read_into(MetricFamily& family, const Value& value) {
    ClientMetric metric;
    metric.label = value.labels;
    try {
        (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value.read();
        family.metric.push_back(std::move(metric));
    } catch (const std::exception& error) {
        log::warning("a metric cannot be read", {{"metric", family.name}, {"error", error.what()}});
    }
}

std::vector<MetricFamily> ReadValues::Collect() const {
    const std::scoped_lock lock(mutex_);
    std::vector<MetricFamily> collected;
    for (const Family& family : families_) {
        MetricFamily result{.name = family.name, .help = family.help, .type = family.type, .metric = {}};
        for (const Value& value : family.values) {
            read_into(result, value);
        }
        collected.push_back(std::move(result));
    }
    return collected;
}

}  // namespace nassaq::metrics
