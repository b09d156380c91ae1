#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"
#include "ocr/progress.hpp"

namespace nassaq::ocr {

/// What the server asks an extraction child to do: one JSON object on the child's standard input.
struct Order {
    std::string file;       ///< Absolute path of the bytes.
    std::string filename;   ///< The name they were uploaded under.
    std::string folder;     ///< Private to this order; the child may leave anything in it.
    std::string languages;  ///< As Tesseract names them: "ara+eng".
    Limits limits;
};

using Result = std::expected<Document, Fault>;

std::string write_order(const Order& order);
/// @return what was wrong with the text, when it is not an order.
std::expected<Order, std::string> read_order(std::string_view text);

/// A line on the child's standard output before its answer, ended by '\n': {"progress": ...}.
std::string write_progress(const Progress& progress);
/// @return nothing where the line is none: the child saw foreign bytes.
std::optional<Progress> read_progress(std::string_view line);

/// The answer on the child's standard output, without a line end: {"document": ...} or {"fault": ...}.
std::string write_result(const Result& result);
/// @return what was wrong with the text, when it is not a result. The child saw foreign bytes: nothing is believed, so
/// the text of a result is UTF-8 without NUL, its pages are in order, and its numbers are such as can be.
std::expected<Result, std::string> read_result(std::string_view text);

}  // namespace nassaq::ocr
