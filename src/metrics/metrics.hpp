#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.hpp"

namespace nassaq::metrics {

/// The figures of this process in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats).
/// Safe to use from several threads.
class Metrics {
public:
    Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    /// Counts a request by its route, never by its path, whose variety has no bound.
    void count_request(const http::Finished& request);
    /// Adds a figure that is read when the figures are asked for. What `read` throws leaves the figure out.
    void add_gauge(std::string_view name, std::string_view help, std::function<double()> read);

    [[nodiscard]] std::string to_text() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace nassaq::metrics
