#include "app/extract.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdio>
#include <expected>
#include <optional>
#include <string>
#include <system_error>

#include "ocr/extractor.hpp"

namespace nassaq::app {
namespace {

namespace json = boost::json;

using Result = std::expected<ocr::Document, ocr::Fault>;

ocr::Options options_of(const settings::ExtractionSettings& settings) {
    return {.languages = settings.languages,
            .timeout = settings.timeout,
            .temporary_directory = std::filesystem::temp_directory_path(),
            .limits = settings.limits};
}

/// Said before a child is started that would only fail on it.
std::optional<std::string> fault_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) {
        return "There is no such file.";
    }
    if (!std::filesystem::is_regular_file(status)) {
        return "It is not a file.";
    }
    return std::nullopt;
}

Result extract(const ocr::Extractor& extractor, const std::filesystem::path& file) {
    if (auto fault = fault_of(file)) {
        return std::unexpected(ocr::Fault{.temporary = false, .reason = std::move(*fault)});
    }
    return extractor.extract(file, file.filename().string());
}

/// As GET /docs/{id}/text names them.
json::value value_of(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::value value_of(const std::string& language) {
    return language.empty() ? json::value(nullptr) : json::value(language);
}

json::object describe(const ocr::Document& document) {
    json::array pages;
    for (const ocr::Page& page : document.pages) {
        pages.push_back(json::object{{"page", page.number},
                                     {"text", page.text},
                                     {"method", ocr::name_of(page.method)},
                                     {"confidence", value_of(page.confidence)},
                                     {"language", value_of(page.language)}});
    }
    return {{"page_count", document.pages.size()},
            {"word_count", document.word_count},
            {"primary_language", value_of(document.primary_language)},
            {"avg_confidence", document.average_confidence},
            {"pages", std::move(pages)}};
}

void print_json(const std::filesystem::path& file, const Result& result) {
    json::object line{{"file", file.string()}};
    if (result) {
        for (auto& [key, value] : describe(*result)) {
            line.emplace(key, std::move(value));
        }
    } else {
        line.emplace("error", result.error().reason);
    }
    fmt::print("{}\n", json::serialize(line));
}

void print_text(const std::filesystem::path& file, const Result& result) {
    if (!result) {
        fmt::print(stderr, "nassaq: {}: {}\n", file.string(), result.error().reason);
        return;
    }
    bool is_first = true;
    for (const ocr::Page& page : result->pages) {
        fmt::print("{}{}\n", is_first ? "" : "\f", page.text);
        is_first = false;
    }
}

}  // namespace

bool extract_files(const settings::ExtractionSettings& settings, std::span<const std::filesystem::path> files,
                   bool json) {
    const ocr::Extractor extractor(options_of(settings));
    bool is_complete = true;
    for (const std::filesystem::path& file : files) {
        const Result result = extract(extractor, file);
        json ? print_json(file, result) : print_text(file, result);
        static_cast<void>(std::fflush(stdout));
        is_complete &= result.has_value();
    }
    return is_complete;
}

}  // namespace nassaq::app
