#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <exception>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/version.hpp"

namespace nassaq::metrics {
namespace {

using prometheus::Counter;
using prometheus::Histogram;

const Histogram::BucketBoundaries latency_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};

}  // namespace

class Metrics::Implementation {
public:
    Implementation() {
        prometheus::BuildGauge()
            .Name("nassaq_build_info")
            .Help("Always 1; the version is in the label")
            .Register(registry_)
            .Add({{"version", std::string(version)}})
            .Set(1);
    }

    void count_request(const http::Finished& request) {
        Series& series = series_of(request);
        series.requests.Increment();
        series.seconds.Observe(std::chrono::duration<double>(request.duration).count());
    }

    void add_gauge(std::string_view name, std::string_view help, std::function<double()> read) {
        auto& gauge =
            prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(registry_).Add({});
        gauges_.push_back({gauge, std::move(read)});
    }

    std::string to_text() {
        for (const ReadGauge& gauge : gauges_) {
            try {
                gauge.gauge.Set(gauge.read());
            } catch (const std::exception& error) {
                log::warning("a metric cannot be read", {{"error", error.what()}});
            }
        }
        return prometheus::TextSerializer().Serialize(registry_.Collect());
    }

private:
    struct Series {
        Counter& requests;
        Histogram& seconds;
    };
    struct ReadGauge {
        prometheus::Gauge& gauge;
        std::function<double()> read;
    };

    Series& series_of(const http::Finished& request) {
        const std::scoped_lock lock(mutex_);
        const auto key = std::pair(request.endpoint, request.status);
        const auto found = series_.find(key);
        if (found != series_.end()) {
            return found->second;
        }
        const std::string method = request.endpoint == nullptr ? "other" : request.endpoint->method;
        const std::string route = request.endpoint == nullptr ? "none" : request.endpoint->pattern;
        Series series{.requests = requests_.Add(
                          {{"method", method}, {"route", route}, {"status", std::to_string(request.status)}}),
                      .seconds = seconds_.Add({{"method", method}, {"route", route}}, latency_buckets)};
        return series_.emplace(key, series).first->second;
    }

    prometheus::Registry registry_;
    prometheus::Family<Counter>& requests_ =
        prometheus::BuildCounter().Name("nassaq_http_requests_total").Help("Answered requests").Register(registry_);
    prometheus::Family<Histogram>& seconds_ = prometheus::BuildHistogram()
                                                  .Name("nassaq_http_request_duration_seconds")
                                                  .Help("From a request's head to the end of its answer")
                                                  .Register(registry_);
    std::mutex mutex_;
    std::map<std::pair<const http::Endpoint*, int>, Series> series_;
    std::vector<ReadGauge> gauges_;
};

Metrics::Metrics() : implementation_(std::make_unique<Implementation>()) {}
Metrics::~Metrics() = default;
void Metrics::count_request(const http::Finished& request) {
    implementation_->count_request(request);
}
void Metrics::add_gauge(std::string_view name, std::string_view help, std::function<double()> read) {
    implementation_->add_gauge(name, help, std::move(read));
}
std::string Metrics::to_text() const {
    return implementation_->to_text();
}

}  // namespace nassaq::metrics
