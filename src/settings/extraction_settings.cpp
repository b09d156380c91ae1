#include "settings/extraction_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/text.hpp"
#include "settings/flag.hpp"

namespace nassaq::settings {
namespace {

constexpr std::int64_t bytes_per_mebibyte = std::int64_t{1} << 20;
constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t longest_timeout = 86'400;
/// So many may be there at once.
constexpr std::int64_t largest_files_in_a_folder = 4;

/// A limit as it is set: in multiples of `unit`.
struct LimitVariable {
    std::string_view name;
    std::int64_t ocr::Limits::*limit;
    std::int64_t unit;
    std::int64_t least;
    std::int64_t most;
};

constexpr std::array limit_variables{
    // Less memory is not enough to recognise a page.
    LimitVariable{"EXTRACT_MEMORY_MB", &ocr::Limits::address_space_bytes, bytes_per_mebibyte, 512, 1'048'576},
    LimitVariable{"EXTRACT_FILE_MB", &ocr::Limits::file_size_bytes, bytes_per_mebibyte, 1, 1'048'576},
    LimitVariable{"EXTRACT_OPEN_FILES", &ocr::Limits::open_files, 1, 32, 65'536},
    LimitVariable{"EXTRACT_STEP_CPU_SECONDS", &ocr::Limits::step_cpu_seconds, 1, 1, longest_timeout},
    LimitVariable{"EXTRACT_STEP_SECONDS", &ocr::Limits::step_wall_seconds, 1, 1, longest_timeout},
    LimitVariable{"EXTRACT_PAGE_CPU_SECONDS", &ocr::Limits::page_cpu_seconds, 1, 1, longest_timeout},
    LimitVariable{"EXTRACT_PAGE_SECONDS", &ocr::Limits::page_wall_seconds, 1, 1, longest_timeout},
    LimitVariable{"EXTRACT_MEGAPIXELS", &ocr::Limits::image_pixels, million, 1, 2'000},
    LimitVariable{"EXTRACT_IMAGE_SIDE", &ocr::Limits::image_side, 1, 100, 1'000'000},
    LimitVariable{"EXTRACT_RASTER_SIDE", &ocr::Limits::raster_side, 1, 100, 30'000},
    LimitVariable{"EXTRACT_TEXT_PAGES", &ocr::Limits::text_pages, 1, 1, 1'000'000},
    LimitVariable{"EXTRACT_OCR_PAGES", &ocr::Limits::ocr_pages, 1, 0, 1'000'000},
    LimitVariable{"EXTRACT_TIFF_PAGES", &ocr::Limits::tiff_pages, 1, 1, 1'000'000},
    LimitVariable{"EXTRACT_TEXT_MB", &ocr::Limits::text_bytes, bytes_per_mebibyte, 1, 1'024},
    LimitVariable{"EXTRACT_INFLATED_MB", &ocr::Limits::inflated_bytes, bytes_per_mebibyte, 1, 65'536},
    LimitVariable{"EXTRACT_INFLATION_RATIO", &ocr::Limits::inflation_ratio, 1, 2, 1'000'000},
};

std::optional<std::string_view> find(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    if (found == variables.end() || text::trim(found->second).empty()) {
        return std::nullopt;
    }
    return text::trim(found->second);
}

/// @return what `fallback` is where the variable is not set or wrong.
std::int64_t number(const Variables& variables, std::string_view name, std::int64_t fallback, std::int64_t least,
                    std::int64_t most, std::vector<std::string>& faults) {
    const auto value = find(variables, name);
    if (!value) {
        return fallback;
    }
    const auto parsed = text::parse_integer(*value);
    if (parsed && *parsed >= least && *parsed <= most) {
        return *parsed;
    }
    faults.push_back(fmt::format("{}: '{}' is not a whole number from {} to {}", name, *value, least, most));
    return fallback;
}

bool flag(const Variables& variables, std::string_view name, bool fallback, std::vector<std::string>& faults) {
    const auto value = find(variables, name);
    const auto parsed = value ? parse_flag(*value) : fallback;
    if (!parsed) {
        faults.push_back(fmt::format("{}: '{}' is neither true nor false", name, *value));
    }
    return parsed.value_or(fallback);
}

}  // namespace

ExtractionSettings read_extraction_settings(const Variables& variables, std::vector<std::string>& faults) {
    constexpr std::int64_t usual_timeout = 900;
    ExtractionSettings settings;
    settings.languages = find(variables, "OCR_LANGUAGES").value_or("ara+eng");
    settings.timeout =
        std::chrono::seconds(number(variables, "OCR_TIMEOUT_SECONDS", usual_timeout, 1, longest_timeout, faults));
    for (const LimitVariable& variable : limit_variables) {
        std::int64_t& limit = settings.limits.*variable.limit;
        limit = variable.unit *
                number(variables, variable.name, limit / variable.unit, variable.least, variable.most, faults);
    }
    settings.limits.folder_bytes =
        std::max(settings.limits.folder_bytes, largest_files_in_a_folder * settings.limits.file_size_bytes);
    settings.requires_landlock = flag(variables, "EXTRACT_REQUIRE_LANDLOCK", settings.requires_landlock, faults);
    return settings;
}

}  // namespace nassaq::settings
