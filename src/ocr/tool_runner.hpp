#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>

#include "ocr/limits.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Runs the tools that an extraction child orders, one at a time, each as restricted as the child itself: it reaches
/// the same folder and document, and nothing else. The child may have been taken over, so an order is believed in
/// nothing but that.
class ToolRunner {
public:
    struct Place {
        std::filesystem::path folder;    ///< The child's.
        std::filesystem::path document;  ///< The child's.
        Limits limits;
        std::chrono::steady_clock::time_point deadline;  ///< Of the whole document.
        int landlock = newest_landlock;                  ///< As Command has it.
    };

    explicit ToolRunner(Place place, std::stop_token stop) : place_(std::move(place)), stop_(std::move(stop)) {}

    /// @param child  The number of the process that waits meanwhile.
    [[nodiscard]] ToolAnswer run(const ToolOrder& order, int child) const;

private:
    [[nodiscard]] Command command(const ToolOrder& order, const std::filesystem::path& program, int child) const;

    Place place_;
    std::stop_token stop_;
};

}  // namespace nassaq::ocr
