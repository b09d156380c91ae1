#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "ocr/limits.hpp"
#include "settings/env_file.hpp"

namespace nassaq::settings {

/// How text is extracted, and what one document may cost.
struct ExtractionSettings {
    std::string languages;           ///< OCR_LANGUAGES, as Tesseract names them.
    std::chrono::seconds timeout{};  ///< OCR_TIMEOUT_SECONDS: wall clock for one document.
    ocr::Limits limits;              ///< EXTRACT_…
    bool requires_landlock = false;  ///< EXTRACT_REQUIRE_LANDLOCK: nothing is read where the kernel has none.
};

/// @param faults  what is wrong is added, each with its variable
ExtractionSettings read_extraction_settings(const Variables& variables, std::vector<std::string>& faults);

}  // namespace nassaq::settings
