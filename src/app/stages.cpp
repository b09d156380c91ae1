#include "app/stages.hpp"

#include <array>
#include <chrono>
#include <expected>
#include <filesystem>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "app/broker.hpp"
#include "ocr/extractor.hpp"
#include "quotas/service.hpp"

namespace nassaq::app {
namespace {

std::string_view result_of(const std::expected<ocr::Document, ocr::Fault>& document) {
    if (document) return "text";
    return document.error().temporary ? "failure" : "fault";
}

void count_extraction(metrics::Metrics& metrics, const std::expected<ocr::Document, ocr::Fault>& document,
                      std::chrono::nanoseconds duration) {
    metrics.count_extraction(result_of(document), duration);
    if (!document) return;
    for (const ocr::Page& page : document->pages) {
        metrics.count_page(ocr::name_of(page.method));
    }
}

extraction::Extract make_extract(const WorkParts& parts) {
    const settings::Settings& settings = parts.settings;
    return [extractor = ocr::Extractor({.languages = settings.extraction.languages,
                                        .timeout = settings.extraction.timeout,
                                        .temporary_directory = temporary_directory(settings),
                                        .limits = settings.extraction.limits}),
            &metrics = parts.metrics](const std::filesystem::path& file, std::string_view filename,
                                      std::stop_token stop, const ocr::ReportProgress& report) {
        const auto begin = std::chrono::steady_clock::now();
        auto document = extractor.extract(file, filename, std::move(stop), report);
        count_extraction(metrics, document, std::chrono::steady_clock::now() - begin);
        return document;
    };
}

jobs::Stage declare_extraction(const settings::Settings& settings) {
    return extraction::make_stage({.queue = settings.ocr_queue_name,
                                   .queue_is_in_database = has_embedded_queue(settings),
                                   .max_attempts = settings.job_max_attempts,
                                   .concurrency = settings.ocr_concurrency,
                                   .quota_defaults = quotas::default_limits(settings)});
}

jobs::Work extract(const WorkParts& parts) {
    return extraction::make_work(
        {.database = parts.database, .storage = parts.storage, .texts = parts.texts, .extract = make_extract(parts)});
}

struct Row {
    std::string_view name;
    jobs::Stage (*declare)(const settings::Settings& settings);
    jobs::Work (*work)(const WorkParts& parts);
};

/// A line a stage; one that comes after another stands below it.
constexpr std::array table{
    Row{.name = jobs::ocr_stage, .declare = declare_extraction, .work = extract},
};

}  // namespace

std::filesystem::path temporary_directory(const settings::Settings& settings) {
    return settings.data_directory / "tmp";
}

jobs::Stages make_stages(const settings::Settings& settings) {
    std::vector<jobs::Stage> stages;
    stages.reserve(std::size(table));
    for (const Row& row : table) {
        stages.push_back(row.declare(settings));
    }
    return jobs::Stages(std::move(stages));
}

jobs::Work make_work(const jobs::Stage& stage, const WorkParts& parts) {
    for (const Row& row : table) {
        if (row.name == stage.name) {
            return row.work(parts);
        }
    }
    throw std::invalid_argument("there is no work for the stage " + stage.name);
}

}  // namespace nassaq::app
