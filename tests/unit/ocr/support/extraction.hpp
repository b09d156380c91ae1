#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "ocr/extractor.hpp"

namespace nassaq::ocr::test {

/// Options that start the test's own child program.
Options child_options(const std::filesystem::path& temporary_directory);

/// A program that stands in for nassaq-extract (hostile/hostile_decoder.cpp).
std::filesystem::path hostile_decoder();

/// Extracts a file under its own name.
std::expected<Document, Fault> extract(const std::filesystem::path& file, const Options& options);

std::string read_file(const std::filesystem::path& file);

/// The pages of a ground truth, parted by form feeds.
std::vector<std::string> read_pages(const std::filesystem::path& ground_truth);

/// All pages in one.
std::string whole_text(const Document& document);

}  // namespace nassaq::ocr::test
