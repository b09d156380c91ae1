#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>

#include "ocr/document.hpp"
#include "ocr/landlock.hpp"
#include "ocr/limits.hpp"
#include "ocr/progress.hpp"

namespace nassaq::ocr {

/// `nassaq-extract`, which lies beside the program that runs.
std::filesystem::path extract_program();

struct Options {
    std::string languages = "ara+eng";                  ///< OCR_LANGUAGES, as Tesseract names them.
    std::chrono::seconds timeout{900};                  ///< OCR_TIMEOUT_SECONDS: wall clock for one document.
    std::filesystem::path temporary_directory;          ///< Where a private folder per document is made and removed.
    std::filesystem::path program = extract_program();  ///< Is started as the child.
    Limits limits;
    int landlock = newest_landlock;  ///< The newest version to use: an older kernel, for tests.
};

/// Extracts text in a child process (`nassaq-extract`), so that a hostile file can harm nothing but that child: it runs
/// under resource limits, reaches no file but its own (FileRules), starts no process, and is killed when the time is
/// over. The tools that it needs are started for it, under the same restrictions.
///
/// Safe to use from several threads at once; every call starts a child of its own.
class Extractor {
public:
    explicit Extractor(Options options);

    /// @param file      The bytes, whose extension means nothing.
    /// @param filename  The name they were uploaded under: its extension says what they ought to be.
    /// @param stop      When it is requested, the child is killed and a temporary Fault is returned.
    /// @param report    Called by this thread as pages are done; what it throws goes on to the caller.
    std::expected<Document, Fault> extract(const std::filesystem::path& file, std::string_view filename,
                                           std::stop_token stop = {}, const ReportProgress& report = {}) const;

private:
    Options options_;
};

/// Removes the private folders that processes left behind which died while they extracted. Those of living processes,
/// of this one too, are kept. Ends early when `stop` is requested: what is left then is found again.
/// @return how many were removed.
std::size_t remove_abandoned_folders(const std::filesystem::path& temporary_directory,
                                     const std::stop_token& stop = {});

}  // namespace nassaq::ocr
