#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/backoff.hpp"
#include "db/database.hpp"
#include "jobs/stage.hpp"
#include "ocr/document.hpp"
#include "ocr/progress.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"
#include "usage/usage.hpp"

/// The stage OCR: the text of a document is read, kept and made searchable.
namespace nassaq::extraction {

struct StageOptions {
    std::string queue;  ///< Which a worker of the platform may share.
    bool queue_is_in_database = false;
    std::int64_t max_attempts = 5;
    unsigned concurrency = 1;
    usage::Limits quota_defaults{};  ///< QUOTA_…: whoever has used up the pages of a day waits for the next.
};

jobs::Stage make_stage(const StageOptions& options);

/// ocr::Extractor::extract(), or what a test puts in its place.
using Extract = std::function<std::expected<ocr::Document, ocr::Fault>(
    const std::filesystem::path& file, std::string_view filename, std::stop_token, const ocr::ReportProgress&)>;

/// Outlive the work.
struct Parts {
    db::Database& database;
    storage::Storage& storage;  ///< Tells the URL that is kept with a text.
    texts::TextStore& texts;
    Extract extract;
    /// The pauses while the text store is away.
    Backoff outage{.base = std::chrono::milliseconds{250}, .cap = std::chrono::seconds{5}};
};

jobs::Work make_work(Parts parts);

}  // namespace nassaq::extraction
