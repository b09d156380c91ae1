#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace nassaq::ocr {

/// How far the extraction of a document has come.
struct Progress {
    std::int64_t pages_done = 0;
    std::int64_t pages = 0;
};

/// Called from time to time with what is known; may be empty.
using ReportProgress = std::function<void(const Progress&)>;

inline void report_progress(const ReportProgress& report, std::size_t pages_done, std::size_t pages) {
    if (!report) return;
    report({.pages_done = static_cast<std::int64_t>(pages_done), .pages = static_cast<std::int64_t>(pages)});
}

}  // namespace nassaq::ocr
