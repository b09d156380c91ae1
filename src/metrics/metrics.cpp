#include "metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include "base/version.hpp"
#include "metrics/read_values.hpp"

namespace nassaq::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using prometheus::MetricType;

const Histogram::BucketBoundaries latency_buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const Histogram::BucketBoundaries extraction_buckets{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900};

double seconds_of(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

class Metrics::Implementation {
public:
    Implementation() {
        read_values_.add("nassaq_build_info", "Always 1; the version is in the label", MetricType::Gauge,
                         [] { return 1.0; }, {{"version", std::string(version())}});
    }

    void count_request(const http::Finished& request) {
        Series& series = series_of(request);
        series.requests.Increment();
        series.seconds.Observe(seconds_of(request.duration));
    }

    // Add() gives the series with these labels when it is there already.
    void count_storage_call(std::string_view operation, bool failed, std::chrono::nanoseconds duration) {
        storage_seconds_
            .Add({{"operation", std::string(operation)}, {"result", failed ? "failure" : "ok"}}, latency_buckets)
            .Observe(seconds_of(duration));
    }
    void count_extraction(std::string_view result, std::chrono::nanoseconds duration) {
        extraction_seconds_.Add({{"result", std::string(result)}}, extraction_buckets).Observe(seconds_of(duration));
    }
    void count_page(std::string_view method) { pages_.Add({{"method", std::string(method)}}).Increment(); }

    ReadValues& read_values() { return read_values_; }

    std::string to_text() {
        auto families = registry_.Collect();
        auto read = read_values_.Collect();
        families.insert(families.end(), std::make_move_iterator(read.begin()), std::make_move_iterator(read.end()));
        return prometheus::TextSerializer().Serialize(families);
    }

private:
    struct Series {
        Counter& requests;
        Histogram& seconds;
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

    Family<Histogram>& histogram(const char* name, const char* help) {
        return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
    }
    Family<Counter>& counter(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
    }

    prometheus::Registry registry_;
    Family<Counter>& requests_ = counter("nassaq_http_requests_total", "Answered requests");
    Family<Histogram>& seconds_ =
        histogram("nassaq_http_request_duration_seconds", "From a request's head to the end of its answer");
    Family<Histogram>& storage_seconds_ =
        histogram("nassaq_storage_call_duration_seconds",
                  "Calls of the storage; of a download, until its first byte can be read");
    Family<Histogram>& extraction_seconds_ =
        histogram("nassaq_extraction_duration_seconds", "Extracting the text of one document");
    Family<Counter>& pages_ =
        counter("nassaq_extraction_pages_total", "Pages whose text was extracted, by how it was won");
    ReadValues read_values_;
    std::mutex mutex_;
    std::map<std::pair<const http::Endpoint*, int>, Series> series_;
};

Metrics::Metrics() : implementation_(std::make_unique<Implementation>()) {}
Metrics::~Metrics() = default;
void Metrics::count_request(const http::Finished& request) {
    implementation_->count_request(request);
}
void Metrics::count_storage_call(std::string_view operation, bool failed, std::chrono::nanoseconds duration) {
    implementation_->count_storage_call(operation, failed, duration);
}
void Metrics::count_extraction(std::string_view result, std::chrono::nanoseconds duration) {
    implementation_->count_extraction(result, duration);
}
void Metrics::count_page(std::string_view method) {
    implementation_->count_page(method);
}
void Metrics::add_gauge(std::string_view name, std::string_view help, std::function<double()> read,
                        const Labels& labels) {
    implementation_->read_values().add(name, help, MetricType::Gauge, std::move(read), labels);
}
void Metrics::add_counter(std::string_view name, std::string_view help, std::function<double()> read,
                          const Labels& labels) {
    implementation_->read_values().add(name, help, MetricType::Counter, std::move(read), labels);
}
std::string Metrics::to_text() const {
    return implementation_->to_text();
}

}  // namespace nassaq::metrics
