#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.hpp"

namespace nassaq::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// The figures of this process in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats). What
/// they are called is said in docs/operations.md; deploy/grafana-dashboard.json draws them. Safe to use from several
/// threads.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// Counts a request by its route, never by its path, whose variety has no bound.
    void count_request(const http::Finished& request);
    /// Counts a call of the storage by what was to be done ("upload") and whether it failed.
    void count_storage_call(std::string_view operation, bool failed, std::chrono::nanoseconds duration);
    /// Counts a document whose text was to be extracted by what came of it: "text", "fault" (of the document) or
    /// "failure" (of this machine).
    void count_extraction(std::string_view result, std::chrono::nanoseconds duration);
    /// Counts a page by how its text was won: "embedded", "ocr" or "decoded".
    void count_page(std::string_view method);

    /// Adds a figure that is read when the figures are asked for. What `read` throws leaves the figure out.
    /// Figures of one name have the same help and differ in their labels.
    void add_gauge(std::string_view name, std::string_view help, std::function<double()> read,
                   const Labels& labels = {});
    /// The same for one that only ever grows.
    void add_counter(std::string_view name, std::string_view help, std::function<double()> read,
                     const Labels& labels = {});

    [[nodiscard]] std::string to_text() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace nassaq::metrics
